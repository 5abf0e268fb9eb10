/**
 * A party's share of a draw: 32 random bytes that this browser makes. Their SHA-256 is published at once, they
 * themselves later; until then they lie on this device alone, and on the slip that the party takes away.
 */
import { Sha256 } from '@/shared/upload/sha256';

/** `share` and its `commitment` in hexadecimal. */
export type Kept = { share: string; commitment: string };
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const HEX = /[0-9a-f]{64}/gi;

export function commitmentOf(share: string): string {
  const bytes = Uint8Array.from(share.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const hash = new Sha256();
  hash.update(bytes);
  return hash.digest();
}

function made(): Kept {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const share = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { share, commitment: commitmentOf(share) };
}

/** One share of one person in one draw. */
export class ShareKeeper {
  // Where the device keeps nothing, the page does while it is open.
  private held: Kept | null = null;

  constructor(
    private readonly key: string,
    private readonly store: Store | null = device(),
  ) {}

  static of(drawId: string, personId: string): ShareKeeper {
    return new ShareKeeper(`jiebang.draw.${drawId}.${personId}`);
  }

  /** What was made before; nothing else is ever made in its place. */
  get kept(): Kept | null {
    try {
      const found = JSON.parse(this.store?.getItem(this.key) ?? 'null') as Kept | null;
      if (found && commitmentOf(found.share) === found.commitment) return found;
    } catch {
      // Unreadable: as good as none.
    }
    return this.held;
  }

  /** Whether a reload of the page would still find it. */
  get safe(): boolean {
    try {
      return this.held === null || this.store?.getItem(this.key) === JSON.stringify(this.held);
    } catch {
      return false;
    }
  }

  /** The share to commit to: the one that is kept, or a new one, kept before anybody hears of it. */
  take(): Kept {
    return this.kept ?? this.keep(made());
  }

  /** Once it is public there is nothing to keep. */
  forget(): void {
    this.held = null;
    try {
      this.store?.removeItem(this.key);
    } catch {
      // It stays, and is public anyway.
    }
  }

  private keep(share: Kept): Kept {
    this.held = share;
    try {
      this.store?.setItem(this.key, JSON.stringify(share));
    } catch {
      // Full or forbidden: `safe` says so.
    }
    return share;
  }
}

/** The share in a slip's text, or typed from paper, that was committed to; null where there is none. */
export function shareIn(text: string, commitment: string): string | null {
  const close = text.normalize('NFKC').replace(/(?<=[0-9a-f])[ \t\r\n]+(?=[0-9a-f])/gi, '');
  for (const source of [text, close]) {
    for (const [found] of source.matchAll(HEX)) {
      if (commitmentOf(found.toLowerCase()) === commitment) return found.toLowerCase();
    }
  }
  return null;
}

/** Eight groups of eight, as one reads them from paper. */
export function grouped(hex: string): string {
  return hex.match(/.{8}/g)?.join(' ') ?? hex;
}

function device(): Store | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
