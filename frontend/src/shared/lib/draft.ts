/**
 * A draft that saves itself: half a second after the last key, one request at a time, newest text last. Until the
 * server has it, a copy lies on this device, so that a reload, a lost network or a crash loses nothing.
 */
export type DraftState =
  | { kind: 'clean'; at: number | null }
  | { kind: 'waiting' | 'saving' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'conflict'; error: unknown };

export type DraftOptions<T> = {
  /** Send the value over what version `version` holds; answers with the new version. */
  save: (value: T, version: number) => Promise<number>;
  version: number;
  /** Where the copy on this device lies; one per person and thing. */
  copyKey: string;
  isConflict: (error: unknown) => boolean;
  /** Sending it again as it is may help. */
  isPassing: (error: unknown) => boolean;
  onChange: (state: DraftState) => void;
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  delay?: number;
  retryDelay?: number;
};

type Copy<T> = { value: T; version: number; at: number };

export class Draft<T> {
  state: DraftState = { kind: 'clean', at: null };
  private value: T | undefined;
  private version: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private retries = 0;
  private readonly o: Required<DraftOptions<T>>;

  constructor(options: DraftOptions<T>) {
    this.o = { storage: window.localStorage, delay: 500, retryDelay: 3000, ...options };
    this.version = options.version;
  }

  /** What an earlier visit left on this device without saving it; null when there is nothing. */
  static copy<T>(copyKey: string, storage: Pick<Storage, 'getItem'> = window.localStorage): Copy<T> | null {
    try {
      return JSON.parse(storage.getItem(copyKey) ?? 'null');
    } catch {
      return null;
    }
  }

  get dirty(): boolean {
    return this.value !== undefined;
  }

  /** The text changed. */
  set(value: T): void {
    this.value = value;
    this.keep();
    if (this.state.kind === 'conflict') return;
    this.to({ kind: this.running ? 'saving' : 'waiting' });
    this.schedule(this.o.delay);
  }

  /** Save at once (Ctrl+S, leaving a field, submitting); resolves when everything typed so far is safe or has failed. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.running;
    if (this.dirty && this.state.kind !== 'conflict') await this.run();
    return !this.dirty;
  }

  /** After a conflict: keep this text, over the version that somebody else saved. */
  keepMine(version: number): Promise<boolean> {
    this.version = version;
    this.to({ kind: 'waiting' });
    return this.flush();
  }

  /** After a conflict: drop this text for what somebody else saved. */
  takeTheirs(version: number): void {
    this.version = version;
    this.value = undefined;
    this.o.storage.removeItem(this.o.copyKey);
    this.to({ kind: 'clean', at: null });
  }

  /** Another command of this page moved the version on. */
  moved(version: number): void {
    if (version > this.version) this.version = version;
  }

  /** Stop; what was not saved stays on this device. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), delay);
  }

  private keep(): void {
    try {
      const copy: Copy<T> = { value: this.value as T, version: this.version, at: Date.now() };
      this.o.storage.setItem(this.o.copyKey, JSON.stringify(copy));
    } catch {
      // A full or forbidden store: the server remains.
    }
  }

  private run(): Promise<void> {
    this.running = this.send().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async send(): Promise<void> {
    const sent = this.value as T;
    this.to({ kind: 'saving' });
    try {
      this.version = await this.o.save(sent, this.version);
    } catch (error) {
      if (this.o.isConflict(error)) this.to({ kind: 'conflict', error });
      else {
        this.to({ kind: 'failed', error });
        if (this.o.isPassing(error)) this.schedule(Math.min(30_000, this.o.retryDelay * 2 ** this.retries++));
      }
      return;
    }
    this.retries = 0;
    if (this.value === sent) {
      this.value = undefined;
      this.o.storage.removeItem(this.o.copyKey);
      this.to({ kind: 'clean', at: Date.now() });
    } else {
      this.keep();
      this.to({ kind: 'waiting' });
      this.schedule(this.o.delay);
    }
  }

  private to(state: DraftState): void {
    this.state = state;
    this.o.onChange(state);
  }
}
