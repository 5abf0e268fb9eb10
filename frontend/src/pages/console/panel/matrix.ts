/** The assignment matrix: who owes which review. Days are calendar days in Beijing, as ISO dates. */
export type Seat = {
  assignment_id: string;
  kind: string;
  status: string;
  decline_reason: string | null;
  answer_by: string;
  due_on: string;
  proposals: number;
  reviews_submitted: number;
};
export type Copy = {
  assignment_id: string;
  application_id: string;
  receipt_no: string;
  status: string;
  review_status: string | null;
};
export type CellState = 'submitted' | 'owed' | 'offered' | 'making' | 'held' | 'recused' | 'declined' | 'none';
export type Cell = { assignment_id: string; state: CellState; overdue: boolean };
export type Row = { application_id: string; receipt_no: string; cells: Cell[]; valid: number };

/** A seat that has not answered, or not handed in everything, by its last day. */
export function overdue(seat: Seat, today: string): boolean {
  if (seat.status === 'offered') return seat.answer_by < today;
  return seat.status === 'accepted' && seat.due_on < today;
}

/** Reviews that a seat still owes; none once it is given up. */
export function owes(seat: Seat): number {
  return seat.status === 'offered' || seat.status === 'accepted' ? seat.proposals - seat.reviews_submitted : 0;
}

function state(seat: Seat, copy: Copy | undefined): CellState {
  if (seat.status === 'declined') return seat.decline_reason === 'conflict' ? 'recused' : 'declined';
  if (!copy) return 'none';
  if (copy.review_status === 'submitted' || copy.review_status === 'locked') return 'submitted';
  if (seat.status === 'offered') return 'offered';
  if (copy.status === 'held') return 'held';
  return copy.status === 'pending' ? 'making' : 'owed';
}

/** A row for each application, a cell for each seat in the seats' order; `valid` counts the reviews that are in. */
export function matrix(seats: readonly Seat[], copies: readonly Copy[], today: string): Row[] {
  const rows = new Map<string, { receipt_no: string; of: Map<string, Copy> }>();
  for (const copy of copies) {
    const row = rows.get(copy.application_id) ?? { receipt_no: copy.receipt_no, of: new Map() };
    rows.set(copy.application_id, row);
    row.of.set(copy.assignment_id, copy);
  }
  return [...rows].map(([application_id, { receipt_no, of }]) => {
    const cells = seats.map((seat) => {
      const is = state(seat, of.get(seat.assignment_id));
      return { assignment_id: seat.assignment_id, state: is, overdue: overdue(seat, today) && is !== 'submitted' };
    });
    return { application_id, receipt_no, cells, valid: cells.filter((cell) => cell.state === 'submitted').length };
  });
}

/** Kinds of expert whose seats are not all held, and how many are open. */
export function vacant(seats: readonly Seat[], strata: readonly { kind: string; count: number }[]) {
  return strata
    .map(({ kind, count }) => ({
      kind,
      open: count - seats.filter((seat) => seat.kind === kind && seat.status !== 'declined').length,
    }))
    .filter(({ open }) => open > 0);
}

/** A receipt's last part, short enough for a row's head. */
export function shortly(receipt: string): string {
  return receipt.slice(receipt.lastIndexOf('-') + 1);
}
