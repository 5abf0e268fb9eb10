/**
 * One file on its way: hashed, announced, sent straight to storage, handed over for its check. It can be paused and
 * gone on with; while the network is away it waits and tries again by itself.
 */
export type UploadState =
  | { kind: 'hashing' }
  | { kind: 'uploading'; sent: number }
  | { kind: 'paused'; sent: number }
  | { kind: 'waiting'; sent: number }
  | { kind: 'failed'; error: unknown }
  | { kind: 'done' };

export type Steps<A, H> = {
  hash: (file: File, signal: AbortSignal) => Promise<H>;
  /** Announce the file; the same again for the same file. */
  announce: (file: File, hashed: H) => Promise<A>;
  /** Send what storage does not have yet. */
  send: (
    announced: A,
    file: File,
    hashed: H,
    io: { signal: AbortSignal; onProgress: (sent: number) => void },
  ) => Promise<void>;
  complete: (announced: A) => Promise<void>;
  /** Trying again may help: the network was away, or the link too old. */
  isPassing: (error: unknown) => boolean;
};

export class Upload<A, H> {
  state: UploadState = { kind: 'hashing' };
  private abort = new AbortController();
  private announced: A | null = null;
  private hash: H | null = null;
  private sent = 0;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly file: File,
    private readonly steps: Steps<A, H>,
    private readonly onChange: (state: UploadState) => void,
  ) {}

  /** Start, or go on after a pause or a failure. */
  async start(): Promise<void> {
    clearTimeout(this.timer);
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      if (this.hash === null) {
        this.to({ kind: 'hashing' });
        this.hash = await this.steps.hash(this.file, signal);
      }
      this.announced ??= await this.steps.announce(this.file, this.hash);
      if (signal.aborted) return;
      this.to({ kind: 'uploading', sent: this.sent });
      await this.steps.send(this.announced, this.file, this.hash, {
        signal,
        onProgress: (sent) => {
          this.sent = sent;
          if (!signal.aborted) this.to({ kind: 'uploading', sent });
        },
      });
      await this.steps.complete(this.announced);
      this.to({ kind: 'done' });
    } catch (error) {
      if (signal.aborted) return;
      if (this.steps.isPassing(error)) {
        this.to({ kind: 'waiting', sent: this.sent });
        this.timer = setTimeout(() => void this.start(), Math.min(15_000, 1000 * 2 ** this.tries++));
      } else {
        this.to({ kind: 'failed', error });
      }
    }
  }

  pause(): void {
    clearTimeout(this.timer);
    this.abort.abort();
    this.to({ kind: 'paused', sent: this.sent });
  }

  /** The network is back: no need to wait any longer. */
  nudge(): void {
    if (this.state.kind === 'waiting') void this.start();
  }

  private to(state: UploadState): void {
    if (state.kind === 'uploading') this.tries = state.sent > 0 ? 0 : this.tries;
    this.state = state;
    this.onChange(state);
  }
}
