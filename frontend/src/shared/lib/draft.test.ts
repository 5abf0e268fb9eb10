import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Draft, type DraftState } from './draft';

class Stale extends Error {}
class Down extends Error {}

function memory() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** A server that holds one text; `next` decides what happens to each save. */
function world(next: () => 'ok' | 'down' | 'hang' = () => 'ok') {
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
      return ++server.version;
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
    expect(Draft.copy<string>('k', storage)?.value).toBe('kept');
    away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(server.value).toBe('kept');
    expect(Draft.copy('k', storage)).toBeNull();
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
    expect(await draft.keepMine(7)).toBe(true);
    expect(server.value).toBe('mine, more');
  });

  it('can be given up for theirs', async () => {
    const { draft, server, storage } = world();
    server.version = 2;
    draft.set('mine');
    await vi.advanceTimersByTimeAsync(500);
    draft.takeTheirs(2);
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
});
