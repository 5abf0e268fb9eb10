import { describe, expect, it } from 'vitest';
import { type Copy, matrix, overdue, owes, type Seat, shortly, vacant } from './matrix';

const seat = (assignment_id: string, status: string, more: Partial<Seat> = {}): Seat => ({
  assignment_id,
  kind: 'technical',
  status,
  decline_reason: null,
  answer_by: '2026-04-14',
  due_on: '2026-04-24',
  proposals: 2,
  reviews_submitted: 0,
  ...more,
});
const copy = (assignment_id: string, application_id: string, more: Partial<Copy> = {}): Copy => ({
  assignment_id,
  application_id,
  receipt_no: `JB-PD-${application_id}`,
  status: 'released',
  review_status: null,
  ...more,
});

describe('the assignment matrix', () => {
  it('says of every cell what it is, and counts what is in', () => {
    const seats = [
      seat('1', 'accepted'),
      seat('2', 'offered'),
      seat('3', 'declined', { decline_reason: 'conflict' }),
      seat('4', 'declined', { decline_reason: 'no_response' }),
      seat('5', 'submitted'),
      seat('6', 'accepted'),
    ];
    const [a, b] = matrix(
      seats,
      [
        copy('1', 'A', { review_status: 'submitted' }),
        copy('1', 'B'),
        copy('2', 'A'),
        copy('2', 'B'),
        copy('3', 'A'),
        copy('4', 'A'),
        copy('5', 'A', { review_status: 'locked' }),
        copy('6', 'A', { status: 'pending' }),
        copy('6', 'B', { status: 'held' }),
      ],
      '2026-04-15',
    );
    expect(a?.cells.map((c) => c.state)).toEqual([
      'submitted',
      'offered',
      'recused',
      'declined',
      'submitted',
      'making',
    ]);
    expect(a?.valid).toBe(2);
    expect(b?.cells.map((c) => c.state)).toEqual(['owed', 'offered', 'recused', 'declined', 'none', 'held']);
    expect(b?.valid).toBe(0);
    expect(a?.cells.map((c) => c.overdue)).toEqual([false, true, false, false, false, false]);
  });

  it('calls a seat overdue the day after its last day, never on it', () => {
    expect(overdue(seat('1', 'offered'), '2026-04-14')).toBe(false);
    expect(overdue(seat('1', 'offered'), '2026-04-15')).toBe(true);
    expect(overdue(seat('1', 'accepted'), '2026-04-24')).toBe(false);
    expect(overdue(seat('1', 'accepted'), '2026-04-25')).toBe(true);
    expect(overdue(seat('1', 'submitted'), '2027-01-01')).toBe(false);
  });

  it('counts what a seat owes while it holds', () => {
    expect(owes(seat('1', 'accepted', { reviews_submitted: 1 }))).toBe(1);
    expect(owes(seat('1', 'declined'))).toBe(0);
    expect(owes(seat('1', 'locked', { reviews_submitted: 2 }))).toBe(0);
  });

  it('finds the seats that nobody holds', () => {
    const strata = [
      { kind: 'technical', count: 2 },
      { kind: 'finance', count: 1 },
    ];
    const seats = [seat('1', 'accepted'), seat('2', 'declined'), seat('3', 'offered', { kind: 'finance' })];
    expect(vacant(seats, strata)).toEqual([{ kind: 'technical', open: 1 }]);
  });

  it('shortens a receipt', () => {
    expect(shortly('JB-PD-2026-001-ABCD2345')).toBe('ABCD2345');
  });
});
