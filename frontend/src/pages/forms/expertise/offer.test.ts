import { describe, expect, it } from 'vitest';
import { EMPTY, faultsOf, toggled, written } from './offer';

describe('an offer to a pool', () => {
  it('says all that it lacks at once', () => {
    expect(faultsOf(EMPTY).map((f) => f.field)).toEqual(['agency', 'org', 'kind', 'tracks']);
    const whole = { ...EMPTY, agency_id: 'a', org_id: 'o', kind: 'finance' as const, tracks: ['t'] };
    expect(faultsOf(whole)).toEqual([]);
    expect(faultsOf({ ...whole, publications: ['', 'x'.repeat(4001)] })).toEqual([{ field: 'texts', n: 2 }]);
  });

  it('drops the directions of a dropped track, and no others', () => {
    const offer = { ...EMPTY, tracks: ['sea', 'sky'], directions: ['sea.01', 'sky.01'] };
    expect(toggled(offer, 'sea', ['sea.01', 'sea.02'])).toMatchObject({ tracks: ['sky'], directions: ['sky.01'] });
    expect(toggled(offer, 'land', [])).toMatchObject({ tracks: ['sea', 'sky', 'land'] });
  });

  it('sends no empty texts', () => {
    expect(written(['', ' a ', '\n'])).toEqual(['a']);
  });
});
