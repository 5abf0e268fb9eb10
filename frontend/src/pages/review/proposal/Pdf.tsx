/** A PDF in the page: each page drawn as it comes into view, its text over it for reading aloud, selecting and finding. */
import { useQuery } from '@tanstack/react-query';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { useEffect, useRef, useState } from 'react';
import { call } from '@/shared/api';
import { Button, Lines, Notice } from '@/shared/ui';
import { m } from './messages';

async function open(proposalId: string, signal: AbortSignal): Promise<PDFDocumentProxy> {
  const pdf = await import('pdfjs-dist');
  pdf.GlobalWorkerOptions.workerPort ??= new Worker(new URL('pdfjs-dist/build/pdf.worker.min.mjs', import.meta.url), {
    type: 'module',
  });
  const link = await call('get', '/api/v1/review/applications/{proposal_id}/file', {
    path: { proposal_id: proposalId },
    signal,
  });
  const response = await fetch(link.url, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return pdf.getDocument({
    data: await response.arrayBuffer(),
    useWasm: false,
    cMapUrl: '/cmaps/',
    standardFontDataUrl: '/standard_fonts/',
    isEvalSupported: false,
  } as Parameters<typeof pdf.getDocument>[0]).promise;
}

export function Pdf({ proposalId }: { proposalId: string }) {
  const [zoom, setZoom] = useState(1);
  const document_ = useQuery({
    queryKey: ['blind copy', proposalId],
    queryFn: ({ signal }) => open(proposalId, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: 1,
    structuralSharing: false,
  });
  return (
    <section className="pdf" aria-label={m.pdf}>
      <div className="pdfbar">
        <span className="mut sm">
          {document_.data ? m.page(1, document_.data.numPages).replace(/^.*?[，,]/, '') : ''}
        </span>
        <span className="row">
          <Button size="small" onClick={() => setZoom((z) => Math.max(0.6, z - 0.2))} aria-label={m.smaller}>
            −
          </Button>
          <Button size="small" onClick={() => setZoom((z) => Math.min(2.4, z + 0.2))} aria-label={m.larger}>
            +
          </Button>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <div className="pdfv" tabIndex={0}>
        {document_.data ? (
          Array.from({ length: document_.data.numPages }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pages have no other name
            <Page key={i} of={document_.data} n={i + 1} zoom={zoom} />
          ))
        ) : document_.error ? (
          <Notice
            tone="warn"
            live="alert"
            actions={<Button onClick={() => void document_.refetch()}>{m.retry}</Button>}
          >
            {m.notReady}
          </Notice>
        ) : (
          <Lines rows={6} height={88} />
        )}
      </div>
    </section>
  );
}

function Page({ of, n, zoom }: { of: PDFDocumentProxy; n: number; zoom: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(n === 1);
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && setSeen(true), {
      rootMargin: '600px',
    });
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (!seen) return;
    let stop = () => {};
    let stopped = false;
    void (async () => {
      const [pdf, page] = await Promise.all([import('pdfjs-dist'), of.getPage(n)]);
      const box = canvas.current;
      const layer = text.current;
      if (stopped || !box || !layer || !frame.current) return;
      const width = Math.min(760, frame.current.parentElement?.clientWidth ?? 640) - 32;
      const viewport = page.getViewport({ scale: (width / page.getViewport({ scale: 1 }).width) * zoom });
      const sharp = window.devicePixelRatio || 1;
      box.width = Math.floor(viewport.width * sharp);
      box.height = Math.floor(viewport.height * sharp);
      // Element.style by script is what the policy allows; style attributes in HTML are what it does not.
      for (const element of [box, layer, frame.current]) {
        element.style.width = `${viewport.width}px`;
        element.style.height = `${viewport.height}px`;
      }
      layer.style.setProperty('--total-scale-factor', String(viewport.scale));
      const task = page.render({
        canvas: box,
        viewport,
        transform: sharp === 1 ? undefined : [sharp, 0, 0, sharp, 0, 0],
      });
      stop = () => task.cancel();
      await task.promise.catch(() => undefined);
      if (stopped) return;
      layer.replaceChildren();
      await new pdf.TextLayer({ textContentSource: page.streamTextContent(), container: layer, viewport }).render();
    })();
    return () => {
      stopped = true;
      stop();
    };
  }, [seen, of, n, zoom]);
  return (
    <div className="sheet" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={m.page(n, of.numPages)} />
      <div className="textLayer" ref={text} />
    </div>
  );
}
