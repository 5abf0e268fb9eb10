import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { duration } from '@/shared/lib/time';
import { Button, Meter, Refusal } from '@/shared/ui';
import { Collector, type Page, type Progress } from './collector';
import { m } from './messages';

/** A button that collects all pages of a list and hands them on as a file; it says how far it is, stops and goes on. */
export function Export<P>({
  label,
  fetched,
  finish,
  total,
}: {
  label: string;
  fetched: (at: string | undefined, signal: AbortSignal) => Promise<Page<P>>;
  finish: (pages: readonly P[]) => void;
  /** How many rows there will be, where that is known. */
  total?: number | undefined;
}) {
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  const collector = useRef<Collector<P> | null>(null);
  useEffect(() => () => collector.current?.stop(), []);
  const run = async (fresh: boolean) => {
    if (fresh || !collector.current) collector.current = new Collector(fetched, setProgress);
    const mine = collector.current;
    if (await mine.run()) finish(mine.pages);
  };
  const going = progress.kind === 'running' || progress.kind === 'waiting';
  return (
    <div className="stack no-print">
      <p className="row">
        {progress.kind === 'idle' || progress.kind === 'done' ? (
          <Button onClick={() => void run(true)}>
            <IconDownload className="i" aria-hidden />
            {label}
          </Button>
        ) : (
          <>
            <Button onClick={() => (going ? collector.current?.stop() : void run(false))}>
              {going ? m.stop : m.goOn}
            </Button>
            {!going && <Button onClick={() => void run(true)}>{m.again}</Button>}
          </>
        )}
        <span role="status" className="mut sm">
          {progress.kind === 'running' && m.fetched(progress.rows)}
          {progress.kind === 'waiting' && m.waits(progress.rows, duration(progress.seconds))}
          {progress.kind === 'paused' && m.kept(progress.rows)}
          {progress.kind === 'done' && m.saved(progress.rows)}
        </span>
      </p>
      {going && total !== undefined && total > 0 && <Meter value={progress.rows} of={total} label={label} />}
      {progress.kind === 'paused' && progress.error instanceof Error && <Refusal error={progress.error} />}
    </div>
  );
}
