/** A PDF in the page: each page drawn as it comes into view, its text over it for reading aloud, selecting and finding. */
import { useElementSize } from '@mantine/hooks';
import type { PDFDocumentProxy, PDFWorker } from 'pdfjs-dist';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { ApiProblem, call } from '@/shared/api';
import { Button, Lines, Notice } from '@/shared/ui';
import { m } from './messages';

type Opened = { of: PDFDocumentProxy; width: number; height: number };
type State = { kind: 'loading' } | { kind: 'failed'; early: boolean } | ({ kind: 'open' } & Opened);

/** The file is not there (yet). */
class NotReady extends Error {}

// One worker for all documents of a visit; another one if it could not start.
let worker: { pdf: PDFWorker; broken: Promise<never> } | null = null;
function started(pdf: typeof import('pdfjs-dist')) {
  if (worker) return worker;
  const port = new Worker(new URL('pdfjs-dist/build/pdf.worker.min.mjs', import.meta.url), { type: 'module' });
  pdf.GlobalWorkerOptions.workerPort = port;
  const broken = new Promise<never>((_, reject) => {
    port.addEventListener('error', (event) => {
      worker = null;
      reject(new Error(event.message));
    });
  });
  broken.catch(() => undefined);
  worker = { pdf: pdf.PDFWorker.create({ port }), broken };
  return worker;
}

async function open(proposalId: string, signal: AbortSignal): Promise<Opened> {
  const pdf = await import('pdfjs-dist');
  const link = await call('get', '/api/v1/review/applications/{proposal_id}/file', {
    path: { proposal_id: proposalId },
    signal,
  });
  const response = await fetch(link.url, { signal });
  if (response.status === 404) throw new NotReady();
  if (!response.ok) throw new Error(String(response.status));
  const data = await response.arrayBuffer();
  signal.throwIfAborted();
  const { pdf: with_, broken } = started(pdf);
  const task = pdf.getDocument({
    data,
    worker: with_,
    useWasm: false,
    cMapUrl: '/cmaps/',
    standardFontDataUrl: '/standard_fonts/',
  });
  try {
    const of = await Promise.race([task.promise, broken]);
    const { width, height } = (await of.getPage(1)).getViewport({ scale: 1 });
    signal.throwIfAborted();
    return { of, width, height };
  } catch (error) {
    void task.destroy();
    throw error;
  }
}

const ZOOMS = [0.6, 0.8, 1, 1.25, 1.5, 2, 2.5] as const;

export function Pdf({ proposalId }: { proposalId: string }) {
  const [state, setState] = useState<State>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const [step, setStep] = useState(2);
  const [at, setAt] = useState(1);
  const frame = useRef<HTMLElement>(null);
  const { ref: room, width } = useElementSize<HTMLDivElement>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is a reason to open it again
  useEffect(() => {
    const leave = new AbortController();
    let opened: Opened | null = null;
    setState({ kind: 'loading' });
    open(proposalId, leave.signal).then(
      (found) => {
        opened = found;
        if (leave.signal.aborted) void found.of.loadingTask.destroy();
        else setState({ kind: 'open', ...found });
      },
      (error: unknown) => {
        if (leave.signal.aborted) return;
        const early = error instanceof NotReady || (error instanceof ApiProblem && [404, 409].includes(error.status));
        setState({ kind: 'failed', early });
      },
    );
    return () => {
      leave.abort();
      void opened?.of.loadingTask.destroy();
    };
  }, [proposalId, attempt]);

  const zoom = ZOOMS[step] ?? 1;
  const before = useRef(zoom);
  useLayoutEffect(() => {
    const box = frame.current;
    if (box) box.scrollTop *= zoom / before.current; // the same lines stay in view
    before.current = zoom;
  }, [zoom]);
  const scrolled = () => {
    const box = frame.current;
    if (!box) return;
    const middle = box.scrollTop + box.clientHeight / 2;
    const sheets = [...box.querySelectorAll<HTMLElement>('.sheet')];
    setAt(sheets.findLastIndex((sheet) => sheet.offsetTop <= middle) + 1 || 1);
  };

  return (
    <div className="pdf">
      <div className="pdfbar">
        <span className="mut sm num">{state.kind === 'open' && m.page(at, state.of.numPages)}</span>
        <span className="row">
          <Button size="small" onClick={() => setStep((s) => Math.max(0, s - 1))} aria-label={m.smaller}>
            −
          </Button>
          <span className="sm num" role="status">
            {Math.round(zoom * 100)}%
          </span>
          <Button size="small" onClick={() => setStep((s) => Math.min(ZOOMS.length - 1, s + 1))} aria-label={m.larger}>
            +
          </Button>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section className="pdfv" tabIndex={0} aria-label={m.pages} ref={frame} onScroll={scrolled}>
        <div ref={room} />
        {state.kind === 'loading' && <Lines rows={6} height={88} />}
        {state.kind === 'failed' && (
          <Notice
            tone="warn"
            live="alert"
            actions={<Button onClick={() => setAttempt((n) => n + 1)}>{m.retry}</Button>}
          >
            {state.early ? m.notReady : m.broken}
          </Notice>
        )}
        {state.kind === 'open' &&
          width > 0 &&
          Array.from({ length: state.of.numPages }, (_, i) => (
            <Page
              // biome-ignore lint/suspicious/noArrayIndexKey: pages have no other name
              key={i}
              of={state.of}
              n={i + 1}
              width={Math.floor(Math.min(820, width) * zoom)}
              shape={state.height / state.width}
            />
          ))}
      </section>
    </div>
  );
}

/** One page, `width` CSS pixels wide; until it is known it has the first page's `shape`, so that nothing jumps. */
function Page({ of, n, width, shape }: { of: PDFDocumentProxy; n: number; width: number; shape: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const written = useRef(false);
  const [near, setNear] = useState(n === 1);
  const [own, setOwn] = useState(shape);
  useEffect(() => {
    const sheet = frame.current;
    if (!sheet) return;
    const watch = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      root: sheet.parentElement,
      rootMargin: '800px',
    });
    watch.observe(sheet);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    // Element.style by script is what the policy allows; style attributes in HTML are what it does not.
    frame.current?.style.setProperty('width', `${width}px`);
    frame.current?.style.setProperty('height', `${Math.round(width * own)}px`);
  }, [width, own]);
  useEffect(() => {
    const box = canvas.current;
    const layer = text.current;
    if (!near || !box || !layer) return;
    let left = false;
    let stop = () => {};
    const draw = async () => {
      const [pdf, page] = await Promise.all([import('pdfjs-dist'), of.getPage(n)]);
      if (left) return;
      const plain = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: width / plain.width });
      setOwn(plain.height / plain.width);
      layer.style.setProperty('--total-scale-factor', String(viewport.scale));
      const sharp = Math.min(window.devicePixelRatio || 1, 3);
      box.width = Math.floor(viewport.width * sharp);
      box.height = Math.floor(viewport.height * sharp);
      const task = page.render({
        canvas: box,
        viewport,
        transform: sharp === 1 ? undefined : [sharp, 0, 0, sharp, 0, 0],
      });
      stop = () => task.cancel();
      await task.promise;
      if (left || written.current) return;
      written.current = true; // it scales with the factor by itself
      layer.replaceChildren();
      await new pdf.TextLayer({ textContentSource: page.streamTextContent(), container: layer, viewport }).render();
    };
    draw().catch(() => undefined); // cancelled, or the document is gone
    return () => {
      left = true;
      stop();
      box.width = 0; // what is far away gives its memory back
    };
  }, [near, of, n, width]);
  return (
    <div className="sheet" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={m.page(n, of.numPages)} />
      <div className="textLayer" ref={text} />
    </div>
  );
}
