import { describe, expect, it } from 'vitest';
import { keyed, missing, offered, parsed, total } from './rubric';

const criteria = [
  { code: 'a', name: { zh: '先进性', en: 'Novelty' }, weight: 60, score_max: 5 },
  { code: 'b', name: { zh: '可行性', en: 'Feasibility' }, weight: 40, score_max: 5 },
];

describe('a rubric', () => {
  it('adds up what is scored and says how much that is', () => {
    expect(total(criteria, {})).toEqual({ sum: 0, share: 0, count: 0 });
    expect(total(criteria, { a: 4 })).toEqual({ sum: 48, share: 60, count: 1 });
    expect(total(criteria, { a: 0, b: 5 })).toEqual({ sum: 40, share: 100, count: 2 });
    const hundreds = criteria.map((c) => ({ ...c, score_max: 100 }));
    expect(total(hundreds, { a: 86, b: 73 })).toEqual({ sum: 80.8, share: 100, count: 2 });
  });

  it('lists each thing missing with its field; nought is a score', () => {
    const found = missing(criteria, { scores: { a: 0 }, comments: { a: '好'.repeat(10), b: '短' } }, 10);
    expect(found.map((f) => f.id)).toEqual(['score-b', 'comment-b']);
    const full = { scores: { a: 3, b: 1 }, comments: { a: '好'.repeat(10), b: ` ${'好'.repeat(10)}` } };
    expect(missing(criteria, full, 10)).toEqual([]);
  });

  it('counts characters, not halves of them, and no blanks around', () => {
    const given = (text: string) => ({ scores: { a: 1, b: 1 }, comments: { a: text, b: text } });
    expect(missing(criteria, given('𠮷'.repeat(5)), 10)).toHaveLength(2);
    expect(missing(criteria, given('𠮷'.repeat(10)), 10)).toEqual([]);
    expect(missing(criteria, given(' '.repeat(20)), 10)).toHaveLength(2);
  });

  it('offers every score where they are few, else fifths', () => {
    expect(offered(5)).toEqual({ all: true, scores: [0, 1, 2, 3, 4, 5] });
    expect(offered(100)).toEqual({ all: false, scores: [20, 40, 60, 80, 100] });
  });

  it('reads whole numbers in range alone', () => {
    expect(['0', '86', ' 100 ', '８６'].map((t) => parsed(t, 100))).toEqual([0, 86, 100, 86]);
    expect(['', '101', '-1', '8.5', '1e2', '八'].map((t) => parsed(t, 100))).toEqual(Array(6).fill(undefined));
  });

  it('takes number keys outside text alone', () => {
    const key = (k: string, over = {}) => ({ key: k, ctrlKey: false, metaKey: false, altKey: false, ...over });
    expect(keyed(key('4'), document.body, 5)).toBe(4);
    expect(keyed(key('0'), document.body, 5)).toBe(0);
    expect(keyed(key('6'), document.body, 5)).toBeNull();
    expect(keyed(key('x'), document.body, 5)).toBeNull();
    expect(keyed(key('4'), document.body, 100)).toBe(80);
    expect(keyed(key('5'), document.body, 100)).toBe(100);
    expect(keyed(key('0'), document.body, 100)).toBeNull();
    expect(keyed(key('6'), document.body, 100)).toBeNull();
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
      expect(keyed(key('4', { [modifier]: true }), document.body, 5)).toBeNull();
    const field = (type: string) => Object.assign(document.createElement('input'), { type });
    expect(keyed(key('4'), document.createElement('textarea'), 5)).toBeNull();
    expect(keyed(key('4'), field('number'), 5)).toBeNull();
    expect(keyed(key('4'), field('radio'), 5)).toBe(4);
    expect(keyed(key('4'), field('checkbox'), 5)).toBe(4);
  });
});
