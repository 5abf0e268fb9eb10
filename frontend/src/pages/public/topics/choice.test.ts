import { describe, expect, it } from 'vitest';
import { choose, chosen, query } from './choice';

describe('filters in the address', () => {
  it('show what is open unless told otherwise', () => {
    expect(query({}).state).toBe('open');
    expect(query({ state: 'all' }).state).toBeUndefined();
    expect(query({ state: 'nonsense' }).state).toBeUndefined();
  });

  it('hold a field or a track, never both, and go back to the first page', () => {
    const at = choose({ field: 'future_space', cursor: 'x', q: 'dock' }, 'track', 'deep_sea');
    expect(at).toEqual({ field: undefined, track: 'deep_sea', q: 'dock' });
    expect(choose(at, 'track', 'deep_sea').track).toBeUndefined();
  });

  it('are undone by choosing again', () => {
    expect(choose({}, 'state', 'open').state).toBe('all');
    expect(choose({ state: 'all' }, 'state', 'open').state).toBe('open');
    expect(chosen({})).toBe(1);
    expect(chosen({ state: 'all' })).toBe(0);
  });
});
