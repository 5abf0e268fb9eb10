/** What a topic's cycle wants of somebody: by his roles and the counts that are known. The server decides again. */
import { type Facts, nextStep, RIGHT_FOR, type Step } from '@/features/cycle/stages';

export type Row = { state: string; my_roles: readonly string[]; opener_id: string | null };
export type Me = { person_id: string; rights: readonly string[] };
export type Known = Pick<Facts, 'check' | 'review' | 'noticeEnded' | 'list' | 'contracts'>;

/** Rights that a role for the one topic gives; all others come with the organisation, and the session names them. */
const TOPIC_ROLE: Record<string, string> = {
  'applications.open': 'opening_officer',
  'applications.screen': 'screener',
  'panel.draw': 'draw_officer',
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
  const right = step && RIGHT_FOR[step];
  if (!right) return null;
  const role = TOPIC_ROLE[right];
  if (!(role ? row.my_roles.includes(role) : me.rights.includes(right))) return null;
  if (step === 'open_second' && row.opener_id === me.person_id) return null;
  return step === 'sign' ? null : step; // a contract that waits for signatures is an entry of its own
}
