import { describe, expect, it } from 'vitest';
import { type Facts, nextStep, PAGE_FOR, PAGES, progress, RIGHT_FOR, STAGES, stageOf } from './stages';

const of = (...states: string[]) => states.map((status) => ({ status }));
const review = { offered: 0, accepted: 0, overdue: 0, copies_pending: 0, copies_held: 0, score_runs: 0 };
const cycle: [Facts, string, string][] = [
  [{ state: 'open' }, 'wait_close', 'open'],
  [{ state: 'closed' }, 'open_first', 'opening'],
  [{ state: 'closed', opener: 'Lin' }, 'open_second', 'opening'],
  [{ state: 'screening', check: { undecided: 1, eligible: 1 } }, 'check', 'formal_check'],
  [{ state: 'screening', check: { undecided: 0, eligible: 1 }, exceed: 1 }, 'few', 'formal_check'],
  [{ state: 'screening', check: { undecided: 0, eligible: 2 }, exceed: 1 }, 'draw', 'draw'],
  [{ state: 'screening', check: { undecided: 0, eligible: 0 } }, 'few', 'formal_check'],
  [{ state: 'screening', check: { undecided: 0, eligible: 2 }, draws: of('frozen') }, 'finish_draw', 'draw'],
  [{ state: 'reviewing', review: { ...review, accepted: 2, copies_pending: 1 } }, 'wait_copies', 'blind_copies'],
  [{ state: 'reviewing', review: { ...review, accepted: 2, copies_held: 1 } }, 'held_copies', 'blind_copies'],
  [{ state: 'reviewing', review: { ...review, offered: 1 } }, 'wait_reviews', 'review'],
  [{ state: 'reviewing', review: { ...review, offered: 1, overdue: 1 } }, 'overdue', 'review'],
  [{ state: 'reviewing', review }, 'compute', 'scores'],
  [{ state: 'reviewing', review: { ...review, score_runs: 1 } }, 'propose', 'award_list'],
  [{ state: 'proposed', list: { status: 'proposed', winners: 1 } }, 'decide', 'award_list'],
  [{ state: 'proposed', list: { status: 'decided', winners: 1 } }, 'give_notice', 'notice'],
  [{ state: 'public_notice', noticeEnded: false }, 'wait_notice', 'notice'],
  [{ state: 'public_notice', noticeEnded: true }, 'confirm', 'notice'],
  [{ state: 'awarded', list: { status: 'confirmed', winners: 2 }, contracts: of('effective') }, 'draw_up', 'contract'],
  [{ state: 'awarded', list: { status: 'confirmed', winners: 1 }, contracts: of('signing') }, 'sign', 'contract'],
  [{ state: 'awarded', list: { status: 'confirmed', winners: 1 }, contracts: of('effective') }, 'done', 'contract'],
];

describe('a cycle', () => {
  it.each(cycle)('%j waits for %s, in the stage %s', (facts, step, stage) => {
    expect(nextStep(facts)).toBe(step);
    expect(stageOf(nextStep(facts)!)).toBe(stage);
  });

  it.each(['draft', 'review', 'legal_passed', 'approved', 'published', 'cancelled'])(
    'has not begun, or is none, while the topic is %s',
    (state) => {
      expect(nextStep({ state })).toBeNull();
    },
  );

  it('claims nothing that has not been read', () => {
    expect(nextStep({ state: 'reviewing' })).toBe('wait_reviews');
    expect(nextStep({ state: 'screening' })).toBe('draw');
    expect(nextStep({ state: 'proposed' })).toBe('decide');
  });

  it('marks what is behind and what is ahead of where it stands', () => {
    const marks = progress('compute');
    expect(marks.map((one) => one.stage)).toEqual([...STAGES]);
    expect(marks.filter((one) => one.is === 'now').map((one) => one.stage)).toEqual(['scores']);
    expect(marks.filter((one) => one.is === 'todo').map((one) => one.stage)).toEqual([
      'award_list',
      'notice',
      'contract',
    ]);
    expect(progress('done').every((one) => one.is === 'done')).toBe(true);
  });

  it('leads every stage to a page', () => {
    for (const stage of STAGES) expect(PAGES).toContain(PAGE_FOR[stage]);
  });

  it('names a right for every step that somebody takes', () => {
    expect(Object.keys(RIGHT_FOR)).not.toContain('wait_reviews');
    expect(RIGHT_FOR.compute).toBe('panel.draw');
  });
});
