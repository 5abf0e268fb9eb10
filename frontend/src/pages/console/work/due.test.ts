import { describe, expect, it } from 'vitest';
import { dueStep, type Known, type Row } from './due';

const me = { person_id: 'me', rights: ['award.decide', 'contract.sign'] };
const row = (state: string, ...my_roles: string[]): Row => ({ state, my_roles, opener_id: null });
const review = { offered: 0, accepted: 0, overdue: 0, copies_pending: 0, copies_held: 0, score_runs: 0 };
const due: [Row, Known, string | null][] = [
  [row('open', 'opening_officer'), {}, null],
  [row('closed', 'opening_officer'), {}, 'open_first'],
  [row('closed', 'screener'), {}, null],
  [{ ...row('closed', 'opening_officer'), opener_id: 'other' }, {}, 'open_second'],
  [{ ...row('closed', 'opening_officer'), opener_id: 'me' }, {}, null],
  [row('screening', 'screener'), { check: { undecided: 2, eligible: 0 } }, 'check'],
  [row('screening', 'draw_officer'), { check: { undecided: 2, eligible: 0 } }, null],
  [row('screening', 'draw_officer'), { check: { undecided: 0, eligible: 3 } }, 'draw'],
  [row('screening', 'screener'), {}, null],
  [row('reviewing', 'draw_officer'), { review: { ...review, accepted: 1 } }, null],
  [row('reviewing', 'draw_officer'), { review: { ...review, offered: 1, overdue: 1 } }, 'overdue'],
  [row('reviewing', 'draw_officer'), { review }, 'compute'],
  [row('reviewing'), { review: { ...review, score_runs: 1 } }, 'propose'],
  [row('proposed'), {}, 'decide'],
  [row('public_notice'), { noticeEnded: false }, null],
  [row('public_notice'), { noticeEnded: true }, 'confirm'],
  [row('awarded'), { contracts: [] }, 'draw_up'],
  [row('awarded'), { contracts: [{ status: 'effective' }], list: { status: 'confirmed', winners: 2 } }, 'draw_up'],
  [row('awarded'), { contracts: [{ status: 'effective' }], list: { status: 'confirmed', winners: 1 } }, null],
  [row('draft', 'drafter'), { contracts: [] }, null],
  [row('review', 'drafter'), { contracts: [] }, null],
  [row('legal_passed', 'drafter'), { contracts: [] }, null],
  [row('approved', 'drafter'), { contracts: [] }, null],
  [row('awarded'), { contracts: [{ status: 'signing' }] }, null],
];

describe('what is due in a cycle', () => {
  it.each(due)('%j, knowing %j: %s', (topic, known, step) => {
    expect(dueStep(topic, me, known)).toBe(step);
  });

  it('wants nothing of somebody without the role', () => {
    expect(dueStep(row('proposed'), { person_id: 'me', rights: ['audit.read'] }, {})).toBeNull();
  });
});
