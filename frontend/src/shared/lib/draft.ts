/**
 * A draft that saves itself: half a second after the last key, one request at a time, newest text last. Until the
 * server has it, a copy lies on this device, so that a reload, a lost network or a crash loses nothing.
 */
export type DraftState =
  | { kind: 'clean'; at: number | null }
  | { kind: 'waiting' | 'saving' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'conflict' };

/** What the server holds. */
export type Held<T> = { value: T; version: number };

export type DraftOptions<T> = {
  /** Send the value over what version `version` holds; answers with the new version. */
  save: (value: T, version: number) => Promise<number>;
  /** What the server holds now. */
  load: () => Promise<Held<T>>;
  version: number;
  /** Where copies on this device lie; one per person and thing. */
  copyKey: string;
  isConflict: (error: unknown) => boolean;
  /** Sending it again as it is may help. */
  isPassing: (error: unknown) => boolean;
  onChange: (state: DraftState) => void;
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  delay?: number;
  retryDelay?: number;
};

/** A text on this device, and the version that it was written over. */
export type Copy<T> = Held<T> & { at: number };

export class Draft<T> {
  state: DraftState = { kind: 'clean', at: null };
  /** While there is a conflict: what somebody else, or another window, saved. */
  theirs: Held<T> | null = null;
  /** Where this window's own copy lies: another window's never lies there. */
  readonly slot: string;
  private value: T | undefined;
  private version: number;
  /** What was sent last, and may have arrived though no answer came. */
  private sent: T | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private retries = 0;
  private readonly o: Required<DraftOptions<T>>;

  constructor(options: DraftOptions<T>) {
    this.o = { storage: window.localStorage, delay: 500, retryDelay: 3000, ...options };
    this.version = options.version;
    this.slot = `${options.copyKey}#${Math.random().toString(36).slice(2)}`;
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

  /** Go on with what an earlier visit left: over the version that it was written over, so that nothing is overwritten unseen. */
  resume({ value, version }: Held<T>): void {
    this.version = version;
    this.set(value);
  }

  /** Save at once (Ctrl+S, leaving a field, submitting); resolves when everything typed so far is safe or has failed. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.running;
    if (this.dirty && this.state.kind !== 'conflict') await this.run();
    return !this.dirty;
  }

  /** After a conflict: keep this text, over what somebody else saved. */
  keepMine(): Promise<boolean> {
    this.version = this.theirs?.version ?? this.version;
    this.theirs = null;
    this.to({ kind: 'waiting' });
    return this.flush();
  }

  /** After a conflict: drop this text for what somebody else saved. */
  takeTheirs(): void {
    this.version = this.theirs?.version ?? this.version;
    this.theirs = null;
    this.value = undefined;
    this.o.storage.removeItem(this.slot);
    this.to({ kind: 'clean', at: null });
  }

  /** The server holds a newer version. Whether it is this draft's now: not while something typed stands against it. */
  moved(version: number): boolean {
    if (this.dirty || version <= this.version) return false;
    this.version = version;
    return true;
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
      this.o.storage.setItem(this.slot, JSON.stringify(copy));
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
    const value = this.value as T;
    const before = this.sent;
    this.to({ kind: 'saving' });
    this.sent = value;
    try {
      this.version = await this.o.save(value, this.version);
    } catch (error) {
      if (this.o.isConflict(error)) await this.compare(before);
      else this.failed(error);
      return;
    }
    this.saved(value);
  }

  /** Somebody else was faster, or the answer to our own last saving never came. */
  private async compare(before: T | undefined): Promise<void> {
    let now: Held<T>;
    try {
      now = await this.o.load();
    } catch (error) {
      this.failed(error);
      return;
    }
    if (alike(now.value, this.value)) {
      this.version = now.version;
      this.saved(this.value as T);
    } else if (before !== undefined && alike(now.value, before)) {
      this.version = now.version;
      this.keep();
      this.to({ kind: 'waiting' });
      this.schedule(0);
    } else {
      this.theirs = now;
      this.to({ kind: 'conflict' });
    }
  }

  private saved(value: T): void {
    this.retries = 0;
    this.sent = undefined;
    if (this.value === value) {
      this.value = undefined;
      this.o.storage.removeItem(this.slot);
      this.to({ kind: 'clean', at: Date.now() });
    } else {
      this.keep();
      this.to({ kind: 'waiting' });
      this.schedule(this.o.delay);
    }
  }

  private failed(error: unknown): void {
    this.to({ kind: 'failed', error });
    if (this.o.isPassing(error)) this.schedule(Math.min(30_000, this.o.retryDelay * 2 ** this.retries++));
  }

  private to(state: DraftState): void {
    this.state = state;
    this.o.onChange(state);
  }
}

/** Two values say the same; what is absent, null or empty says nothing. */
export function alike(a: unknown, b: unknown): boolean {
  const [one, other] = [a, b].map((value) => (value === null || value === '' ? undefined : value));
  if (typeof one !== 'object' && typeof other !== 'object') return one === other;
  if (typeof (one ?? {}) !== 'object' || typeof (other ?? {}) !== 'object') return false;
  const [mine, theirs] = [one ?? {}, other ?? {}] as Record<string, unknown>[];
  return Object.keys({ ...mine, ...theirs }).every((name) => alike(mine?.[name], theirs?.[name]));
}

/** Copies that windows left under a key which are not there any more (`alive` slots), newest first. */
export function left<T>(
  copyKey: string,
  alive: ReadonlySet<string>,
  storage: Pick<Storage, 'getItem' | 'key' | 'length'> = window.localStorage,
): { slot: string; copy: Copy<T> }[] {
  const found: { slot: string; copy: Copy<T> }[] = [];
  for (let i = 0; i < storage.length; i++) {
    const slot = storage.key(i);
    if (!slot?.startsWith(`${copyKey}#`) || alive.has(slot)) continue;
    try {
      found.push({ slot, copy: JSON.parse(storage.getItem(slot) ?? '') });
    } catch {
      // No copy of ours.
    }
  }
  return found.sort((one, other) => other.copy.at - one.copy.at);
}
