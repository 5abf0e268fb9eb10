/** Collects all pages of a list, one after the other; what was fetched stays when the network, or the server, stops it. */
import { ApiProblem } from '@/shared/api';

export type Progress =
  | { kind: 'idle' }
  | { kind: 'running'; rows: number }
  | { kind: 'waiting'; rows: number; seconds: number }
  | { kind: 'paused'; rows: number; error: unknown }
  | { kind: 'done'; rows: number };

/** A page, how many rows it has, and where the next one begins (null: it was the last). */
export type Page<P> = { page: P; rows: number; next: string | null };

export class Collector<P> {
  readonly pages: P[] = [];
  private rows = 0;
  private at: string | undefined;
  private abort: AbortController | null = null;

  constructor(
    private readonly fetched: (at: string | undefined, signal: AbortSignal) => Promise<Page<P>>,
    private readonly told: (progress: Progress) => void,
    private readonly wait: (seconds: number, signal: AbortSignal) => Promise<void> = pause,
  ) {}

  /** Go on from where it stopped until the last page; answers whether that was reached. */
  async run(): Promise<boolean> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.told({ kind: 'running', rows: this.rows });
    while (true) {
      try {
        const { page, rows, next } = await this.fetched(this.at, signal);
        this.pages.push(page);
        this.rows += rows;
        if (next === null) {
          this.told({ kind: 'done', rows: this.rows });
          return true;
        }
        this.at = next;
        this.told({ kind: 'running', rows: this.rows });
      } catch (error) {
        if (!signal.aborted && error instanceof ApiProblem && error.status === 429 && error.retryAfter) {
          this.told({ kind: 'waiting', rows: this.rows, seconds: error.retryAfter });
          await this.wait(error.retryAfter, signal).catch(() => {});
          if (!signal.aborted) continue;
        }
        this.told({ kind: 'paused', rows: this.rows, error: signal.aborted ? null : error });
        return false;
      }
    }
  }

  /** Stop for now. */
  stop(): void {
    this.abort?.abort();
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
