/** What the person may do where he acts: the policy's answer, which came with the session. The server decides again. */
import { useSession } from './session';

/** Codes of the policy that pages ask for; a test holds them against the policy itself. */
export type Right =
  | 'organisation.invite'
  | 'organisation.grant'
  | 'topic.read'
  | 'topic.create'
  | 'topic.appoint'
  | 'expert.read'
  | 'expert.activate'
  | 'ledger.read'
  | 'payment.handle'
  | 'milestone.confirm'
  | 'audit.read'
  | 'incident.reads'
  | 'incident.handle';

/** Whether he has a right; before the session is known he has none. */
export function useCan(): (right: Right) => boolean {
  const { data } = useSession();
  return (right) => data?.rights.includes(right) ?? false;
}
