import { describe, expect, it } from 'vitest';
import { type Facts, nextStep, PAGE_FOR, PAGES, progress, RIGHT_FOR, STAGES, stageOf } from './stages';

const of = (...states: string[]) => states.map((status) => ({ status }));
const cycle: [Facts, string, string][] = [
  [{ state: 'open' }, 'wait_close', 'open'],
  [{ state: 'closed' }, 'open_first', 'opening'],
  [{ state: 'closed', opener: 'Lin' }, 'open_second', 'opening'],
  [{ state: 'screening', applications: of('submitted', 'eligible') }, 'check', 'formal_check'],
  [{ state: 'screening', applications: of('eligible', 'ineligible'), exceed: 1 }, 'few', 'formal_check'],
  [{ state: 'screening', applications: of('eligible', 'eligible'), exceed: 1 }, 'draw', 'draw'],
  [{ state: 'screening', applications: of('ineligible') }, 'few', 'formal_check'],
  [{ state: 'screening', applications: of('eligible'), draws: of('frozen') }, 'finish_draw', 'draw'],
  [{ state: 'reviewing', seats: of('accepted'), copies: of('pending', 'released') }, 'wait_copies', 'blind_copies'],
  [{ state: 'reviewing', seats: of('accepted'), copies: of('held', 'released') }, 'held_copies', 'blind_copies'],
  [{ state: 'reviewing', seats: of('offered', 'submitted'), copies: of('released') }, 'wait_reviews', 'review'],
  [{ state: 'reviewing', seats: of('declined', 'submitted'), copies: of('released') }, 'compute', 'scores'],
  // A copy for somebody who declined keeps nobody waiting.
  [{ state: 'reviewing', seats: of('declined', 'submitted'), copies: of('pending') }, 'compute', 'scores'],
  [{ state: 'reviewing', seats: of('locked'), runs: 1 }, 'propose', 'award_list'],
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
    expect(stageOf(nextStep(facts))).toBe(stage);
  });

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
