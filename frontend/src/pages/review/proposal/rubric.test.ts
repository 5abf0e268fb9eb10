import { describe, expect, it } from 'vitest';
import { keyed, missing, total } from './rubric';

const criteria = [
  { code: 'a', name: { zh: '先进性', en: 'Novelty' }, weight: 60, score_max: 5 },
  { code: 'b', name: { zh: '可行性', en: 'Feasibility' }, weight: 40, score_max: 5 },
];

describe('a rubric', () => {
  it('adds up what is scored and says how much that is', () => {
    expect(total(criteria, {})).toEqual({ sum: 0, share: 0 });
    expect(total(criteria, { a: 4 })).toEqual({ sum: 48, share: 60 });
    expect(total(criteria, { a: 5, b: 5 })).toEqual({ sum: 100, share: 100 });
  });

  it('lists each thing missing with its field', () => {
    const found = missing(criteria, { scores: { a: 3 }, comments: { a: '好'.repeat(10), b: '短' } }, 10);
    expect(found.map((f) => f.id)).toEqual(['score-b-1', 'comment-b']);
    expect(
      missing(criteria, { scores: { a: 3, b: 1 }, comments: { a: '好'.repeat(10), b: '好'.repeat(10) } }, 10),
    ).toEqual([]);
  });

  it('takes number keys outside text alone', () => {
    const key = (k: string, over = {}) => ({ key: k, ctrlKey: false, metaKey: false, altKey: false, ...over });
    expect(keyed(key('4'), document.body, 5)).toBe(4);
    expect(keyed(key('6'), document.body, 5)).toBeNull();
    expect(keyed(key('0'), document.body, 5)).toBeNull();
    expect(keyed(key('4', { ctrlKey: true }), document.body, 5)).toBeNull();
    expect(keyed(key('4'), document.createElement('textarea'), 5)).toBeNull();
    const radio = Object.assign(document.createElement('input'), { type: 'radio' });
    expect(keyed(key('4'), radio, 5)).toBe(4);
  });
});
