import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alike, Draft, type DraftState, left } from './draft';

class Stale extends Error {}
class Down extends Error {}

function memory() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    key: (at: number) => [...kept.keys()][at] ?? null,
    get length() {
      return kept.size;
    },
  };
}

/** A server that holds one text; `next` decides what happens to each save. */
function world(next: () => 'ok' | 'down' | 'hang' | 'unheard' = () => 'ok') {
  const server = { value: '', version: 1, saves: 0 };
  const storage = memory();
  const states: DraftState['kind'][] = [];
  let release: () => void = () => {};
  const draft = new Draft<string>({
    version: 1,
    copyKey: 'k',
    storage,
    isConflict: (e) => e instanceof Stale,
    isPassing: (e) => e instanceof Down,
    onChange: (s) => states.push(s.kind),
    save: async (value, version) => {
      server.saves++;
      const what = next();
      if (what === 'down') throw new Down();
      if (what === 'hang') await new Promise<void>((resolve) => (release = resolve));
      if (version !== server.version) throw new Stale();
      server.value = value;
      server.version++;
      if (what === 'unheard') throw new Down();
      return server.version;
    },
    load: async () => {
      if (next() === 'down') throw new Down();
      return { value: server.value, version: server.version };
    },
  });
  return { server, storage, states, draft, release: () => release() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a draft', () => {
  it('is saved half a second after the last key, once', async () => {
    const { draft, server, storage } = world();
    draft.set('a');
    await vi.advanceTimersByTimeAsync(400);
    draft.set('ab');
    await vi.advanceTimersByTimeAsync(499);
    expect(server.saves).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(server).toMatchObject({ value: 'ab', saves: 1 });
    expect(draft.state.kind).toBe('clean');
    expect(storage.kept.size).toBe(0);
  });

  it('keeps what was typed while a save was under way', async () => {
    let first = true;
    const { draft, server, release } = world(() => {
      const what = first ? 'hang' : 'ok';
      first = false;
      return what;
    });
    draft.set('one');
    await vi.advanceTimersByTimeAsync(500);
    draft.set('two');
    release();
    await vi.advanceTimersByTimeAsync(600);
    expect(server).toMatchObject({ value: 'two', version: 3 });
    expect(draft.dirty).toBe(false);
  });

  it('tries again while the server is away, and the device holds the text meanwhile', async () => {
    let away = true;
    const { draft, server, storage, states } = world(() => (away ? 'down' : 'ok'));
    draft.set('kept');
    await vi.advanceTimersByTimeAsync(500);
    expect(states.at(-1)).toBe('failed');
    expect(left<string>('k', new Set(), storage)[0]?.copy.value).toBe('kept');
    away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(server.value).toBe('kept');
    expect(left('k', new Set(), storage)).toEqual([]);
  });

  it('never writes over what somebody else saved', async () => {
    const { draft, server } = world();
    server.value = 'theirs';
    server.version = 7;
    draft.set('mine');
    await vi.advanceTimersByTimeAsync(500);
    expect(draft.state.kind).toBe('conflict');
    draft.set('mine, more');
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.value).toBe('theirs');
    expect(draft.theirs).toEqual({ value: 'theirs', version: 7 });
    expect(await draft.keepMine()).toBe(true);
    expect(server.value).toBe('mine, more');
  });

  it('can be given up for theirs', async () => {
    const { draft, server, storage } = world();
    server.version = 2;
    server.value = 'theirs';
    draft.set('mine');
    await vi.advanceTimersByTimeAsync(500);
    draft.takeTheirs();
    expect(storage.kept.size).toBe(0);
    draft.set('mine on theirs');
    await vi.advanceTimersByTimeAsync(500);
    expect(server.value).toBe('mine on theirs');
  });

  it('says on flush whether everything is safe', async () => {
    let away = true;
    const { draft } = world(() => (away ? 'down' : 'ok'));
    draft.set('x');
    expect(await draft.flush()).toBe(false);
    away = false;
    expect(await draft.flush()).toBe(true);
  });

  it('knows its own text when the answer to its saving never came', async () => {
    let first = true;
    const { draft, server, states } = world(() => {
      const what = first ? 'unheard' : 'ok';
      first = false;
      return what;
    });
    draft.set('one');
    await vi.advanceTimersByTimeAsync(500);
    draft.set('one, two');
    await vi.advanceTimersByTimeAsync(501);
    expect(server).toMatchObject({ value: 'one, two', version: 3 });
    expect(states).not.toContain('conflict');
    expect(draft.dirty).toBe(false);
  });

  it('compares later when the server goes away in the middle of a conflict', async () => {
    let away = false;
    const { draft, server } = world(() => (away ? 'down' : 'ok'));
    server.value = 'theirs';
    server.version = 5;
    draft.set('mine');
    away = true;
    await vi.advanceTimersByTimeAsync(500);
    expect(draft.state.kind).toBe('failed');
    away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(draft.state.kind).toBe('conflict');
    expect(server.value).toBe('theirs');
  });

  it('goes on with what an earlier visit left, not over what was saved since', async () => {
    const { draft, server } = world();
    server.value = 'saved since';
    server.version = 4;
    draft.resume({ value: 'left here', version: 1 });
    await vi.advanceTimersByTimeAsync(500);
    expect(server.value).toBe('saved since');
    expect(draft.theirs?.value).toBe('saved since');
    await draft.keepMine();
    expect(server.value).toBe('left here');
  });

  it('takes newer text of the server only while nothing was typed', async () => {
    const { draft } = world();
    expect(draft.moved(3)).toBe(true);
    expect(draft.moved(3)).toBe(false);
    draft.set('typed');
    expect(draft.moved(9)).toBe(false);
  });

  it('keeps its copy apart from those of other windows', async () => {
    const { draft, storage } = world(() => 'down');
    storage.setItem('k#other', JSON.stringify({ value: 'of a window that lives', version: 1, at: 1 }));
    storage.setItem('k#gone', JSON.stringify({ value: 'of one that is gone', version: 1, at: 2 }));
    storage.setItem('kk#x', JSON.stringify({ value: 'of another thing', version: 1, at: 3 }));
    draft.set('mine');
    await vi.advanceTimersByTimeAsync(500);
    const found = left<string>('k', new Set(['k#other', draft.slot]), storage);
    expect(found.map((f) => f.copy.value)).toEqual(['of one that is gone']);
    draft.takeTheirs();
    expect(storage.kept.size).toBe(3);
  });
});

it('compares what values say', () => {
  expect(alike({ a: null, b: { c: '' } }, {})).toBe(true);
  expect(alike({ a: [1, { b: 'x' }] }, { a: [1, { b: 'x', c: null }] })).toBe(true);
  for (const [a, b] of [
    [0, undefined],
    ['x', { x: 1 }],
    [[1], [1, 2]],
    [{ a: false }, {}],
  ])
    expect(alike(a, b)).toBe(false);
});
