import { describe, expect, it } from 'vitest';
import { basisPoints, gapsOf, meets } from './gaps';

const indicator = {
  code: 'x',
  comparator: '>=',
  threshold: '150',
  unit: 'Wh/kg',
  name: { zh: '能量密度', en: 'Energy' },
  method: { zh: '', en: '' },
} as const;
const whole = {
  part_a: { contact_name: 'a', contact_email: 'a@example.org', contact_phone: '1' },
  part_b: { title: 't', approach: 'a', work_plan: 'w', budget: 'b', risk: 'r', promised: { x: '152' } },
};
const files = [
  { part: 'part_a', status: 'checked' },
  { part: 'part_b', status: 'checked' },
] as const;
const orgs = [{ work_bp: 10_000, share_bp: 10_000 }];

describe('what is missing', () => {
  it('is nothing for a whole bid', () => {
    expect(gapsOf(whole, [indicator], files, orgs)).toEqual([]);
  });

  it('is each thing by its field', () => {
    const bad = { part_a: { ...whole.part_a, contact_phone: '' }, part_b: { ...whole.part_b, promised: { x: '149' } } };
    const gaps = gapsOf(
      bad,
      [indicator],
      [{ part: 'part_a', status: 'pending' }],
      [{ work_bp: 6000, share_bp: 10_000 }],
    );
    expect(gaps.map((g) => g.id)).toEqual(['contact_phone', 'promise-x', 'files', 'files', 'shares']);
  });

  it('knows which way an indicator points', () => {
    expect(meets('3', { comparator: '<=', threshold: '3.0' })).toBe(true);
    expect(meets('3.01', { comparator: '<=', threshold: '3' })).toBe(false);
    expect(meets('2', { comparator: '==', threshold: '2.0' })).toBe(true);
  });

  it('reads shares as typed', () => {
    expect(basisPoints('６０.5')).toBe(6050);
    for (const bad of ['', '101', '1.234', '-1', 'x']) expect(basisPoints(bad)).toBeNull();
  });
});
