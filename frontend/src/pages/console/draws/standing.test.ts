import { describe, expect, it } from 'vitest';
import { loads, ordered, percent, type Report, rowOf, standing } from './standing';

const expert = (
  id: string,
  kind: string,
  chances: number[],
  similarities: (number | null)[],
  recusals: string[] = [],
) => ({
  expert_id: id,
  person_name: id,
  org_name: '',
  org_name_en: '',
  kind,
  cap: 2,
  chances,
  similarities,
  recusals,
});
const why = { zh: '技术类席位', en: 'A technical seat' };
const report = {
  mode: 'proposal',
  rows: [
    { application_id: 'p', kind: 'technical', seats: 1 },
    { application_id: 'q', kind: 'technical', seats: 1 },
    { application_id: 'p', kind: 'finance', seats: 1 },
  ],
  roster: [
    expert('a', 'technical', [500, 0, 0], [900_000, 100_000, null]),
    expert('b', 'technical', [500, 1000, 0], [800_000, 700_000, null]),
    expert('c', 'technical', [0, 0, 0], [null, null, null], ['unit_of_applicant']),
    expert('d', 'technical', [0, 0, 0], [null, 5, null]),
    expert('e', 'finance', [0, 0, 1000], [null, null, 3]),
  ],
  seats: [
    { row: 0, expert_id: 'b', reason: why },
    { row: 1, expert_id: 'b', reason: why },
    { row: 2, expert_id: 'e', reason: why },
  ],
  reserves: [['a'], ['d', 'a'], []],
} as unknown as Report;

describe('how experts stand to seats', () => {
  it('finds the row of a kind on a panel', () => {
    expect(rowOf(report, 'q', 'technical')).toBe(1);
    expect(rowOf(report, 'q', 'finance')).toBe(-1);
  });

  it('tells drawn, reserve, recused, barred and left over apart', () => {
    expect(standing(report, 0, 1)).toEqual({ is: 'drawn', reason: why });
    expect(standing(report, 0, 0)).toEqual({ is: 'reserve', place: 1 });
    expect(standing(report, 1, 0)).toEqual({ is: 'reserve', place: 2 });
    expect(standing(report, 0, 2)).toEqual({ is: 'recused', reasons: ['unit_of_applicant'] });
    expect(standing(report, 0, 3)).toEqual({ is: 'barred' });
    expect(standing({ ...report, seats: [], reserves: [] }, 0, 0)).toEqual({ is: 'chance' });
    expect(standing({ ...report, seats: [], reserves: [] }, 1, 0)).toEqual({ is: 'none' });
  });

  it('counts loads and puts the drawn first, the recused last', () => {
    expect(loads(report)).toEqual([0, 2, 0, 0, 1]);
    expect(ordered(report, 'p')).toEqual([1, 4, 0, 3, 2]);
    expect(percent(355, 1000)).toBe('35.5%');
  });
});
