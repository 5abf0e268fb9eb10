/** What a topic's cycle wants of somebody: by his roles and the counts that are known. The server decides again. */
import { type Facts, nextStep, RIGHT_FOR, type Step } from '@/features/cycle/stages';

export type Row = { state: string; my_roles: readonly string[]; opener_id: string | null };
export type Me = { person_id: string; org_roles: readonly string[] };
export type Known = Pick<Facts, 'check' | 'review' | 'noticeEnded' | 'contracts'>;

const HELD: Record<string, (row: Row, me: Me) => boolean> = {
  'applications.open': (row) => row.my_roles.includes('opening_officer'),
  'applications.screen': (row) => row.my_roles.includes('screener'),
  'panel.draw': (row) => row.my_roles.includes('draw_officer'),
  'award.decide': (_, me) => me.org_roles.includes('agency_officer'),
  'contract.sign': (_, me) => me.org_roles.includes('agency_officer'),
};
/** What must be known before a state says whose turn it is. */
const NEEDED: Record<string, keyof Known> = {
  screening: 'check',
  reviewing: 'review',
  public_notice: 'noticeEnded',
  awarded: 'contracts',
};

/** The step of a topic's cycle that waits for this person; null if none does, or not enough is known. */
export function dueStep(row: Row, me: Me, known: Known): Step | null {
  const needed = NEEDED[row.state];
  if (needed && known[needed] === undefined) return null;
  const step = nextStep({ ...known, state: row.state, opener: row.opener_id });
  const right = RIGHT_FOR[step];
  if (!right || !HELD[right]?.(row, me)) return null;
  if (step === 'open_second' && row.opener_id === me.person_id) return null;
  return step === 'sign' ? null : step; // a contract that waits for signatures is an entry of its own
}
