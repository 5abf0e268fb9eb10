import { describe, expect, it, vi } from 'vitest';
import { commitmentOf, grouped, ShareKeeper, shareIn } from './share';

const KNOWN = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

function memory(full = false) {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (full) throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
    removeItem: (key: string) => void kept.delete(key),
  };
}

describe('a share of a draw', () => {
  it('is committed to by the SHA-256 of its bytes, not of its letters', () => {
    expect(commitmentOf(KNOWN)).toBe('630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd');
  });

  it('is 32 bytes of the browser’s randomness', () => {
    const random = vi.spyOn(crypto, 'getRandomValues');
    const { share, commitment } = new ShareKeeper('k', memory()).take();
    expect(random.mock.calls[0]?.[0]).toHaveLength(32);
    expect(share).toMatch(/^[0-9a-f]{64}$/);
    expect(commitment).toBe(commitmentOf(share));
    expect(new ShareKeeper('k', memory()).take().share).not.toBe(share);
  });

  it('lies on the device before anybody hears of it, and no second one is made', () => {
    const store = memory();
    const first = new ShareKeeper('k', store).take();
    expect(store.kept.size).toBe(1);
    const later = new ShareKeeper('k', store);
    expect(later.kept).toEqual(first);
    expect(later.take()).toEqual(first);
    expect(later.safe).toBe(true);
  });

  it('is one for each draw and person', () => {
    localStorage.clear();
    const a = ShareKeeper.of('d1', 'p1').take();
    expect(ShareKeeper.of('d1', 'p2').kept).toBeNull();
    expect(ShareKeeper.of('d2', 'p1').kept).toBeNull();
    expect(ShareKeeper.of('d1', 'p1').kept).toEqual(a);
  });

  it('is held by the open page where the device keeps nothing, which is said', () => {
    for (const store of [memory(true), null]) {
      const keeper = new ShareKeeper('k', store);
      const share = keeper.take();
      expect(keeper.take()).toEqual(share);
      expect(keeper.safe).toBe(false);
    }
  });

  it('that was damaged on the device counts as none', () => {
    const store = memory();
    for (const bad of ['{', 'null', '{"share":"00","commitment":"11"}', '[]', '5']) {
      store.kept.set('k', bad);
      expect(new ShareKeeper('k', store).kept).toBeNull();
    }
  });

  it('is forgotten once it is public', () => {
    const store = memory();
    const keeper = new ShareKeeper('k', store);
    keeper.take();
    keeper.forget();
    expect(store.kept.size).toBe(0);
    expect(keeper.kept).toBeNull();
  });
});

describe('a slip', () => {
  const commitment = commitmentOf(KNOWN);

  it('gives back the share that was committed to, as a file or typed from paper', () => {
    const slip = `第 1 次抽取\n承诺 ${commitment}\n随机数 ${KNOWN}\n`;
    expect(shareIn(slip, commitment)).toBe(KNOWN);
    expect(shareIn(grouped(KNOWN), commitment)).toBe(KNOWN);
    expect(
      shareIn(
        `  ${grouped(KNOWN)
          .toUpperCase()
          .replace(/ (?=\S{8} )/g, '\n')} `,
        commitment,
      ),
    ).toBe(KNOWN);
    expect(shareIn(KNOWN.replaceAll('0', '０'), commitment)).toBe(KNOWN);
  });

  it('of another draw, or with a slip of the pen, gives none', () => {
    expect(shareIn(commitment, commitment)).toBeNull();
    expect(shareIn(KNOWN.replace('1', '2'), commitment)).toBeNull();
    expect(shareIn('', commitment)).toBeNull();
  });
});
