import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { cyclePath } from '@/features/cycle/Frame';
import { m as cycle } from '@/features/cycle/messages';
import { PAGE_FOR, type Step, stageOf } from '@/features/cycle/stages';
import { type Answer, read, type Session, useCan, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { now, remaining } from '@/shared/lib/time';
import { Countdown, Day, Empty, Lines, PageHead, Panel } from '@/shared/ui';
import { dueStep } from './due';
import { m } from './messages';

type Topic = Answer<'/api/v1/officer/topics'>['items'][number];
type Contract = Answer<'/api/v1/contracts'>['items'][number];

/** What waits for the person in the role that is on: drafts, invitations, reviews, topics, signatures. */
export default function Work() {
  const { data: session } = useSession();
  const officer = useCan()('topic.read');
  const reviewer = session?.classes.includes('reviewer') ?? false;
  const teams = useQuery(read('/api/v1/teams/mine', { query: {} }));
  const seats = useQuery({ ...read('/api/v1/review/assignments'), enabled: reviewer });
  const topics = useQuery({ ...read('/api/v1/officer/topics', { query: {} }), enabled: officer });
  const contracts = useQuery(read('/api/v1/contracts', { query: { limit: 100 } }));
  const steps = useCycleSteps(session, topics.data?.items ?? [], contracts.data?.items);
  const drafts = teams.data?.items.filter((t) => t.status === 'draft') ?? [];
  const closings = useClosings(drafts.map((t) => t.topic_id));
  const loading = [teams, seats, topics, contracts, steps, closings].some((q) => q.isLoading);
  const due: { key: string; date?: string | null | undefined; node: ReactNode }[] = [];
  for (const t of drafts) {
    const date = closings.of(t.topic_id);
    if (date && Date.parse(date) <= now()) continue; // too late: nothing can be submitted any more
    due.push({
      key: t.team_id,
      date,
      node: (
        <Link to="/applications/$teamId" params={{ teamId: t.team_id }}>
          {m.draft(t.team_name)}
        </Link>
      ),
    });
  }
  for (const a of seats.data ?? []) {
    if (a.status !== 'offered' && a.status !== 'accepted') continue;
    due.push({
      key: a.id,
      date: a.status === 'offered' ? a.answer_by : a.due_on,
      node: (
        <Link to="/review/assignments/$assignmentId" params={{ assignmentId: a.id }}>
          {a.status === 'offered' ? m.offer(pick(a.title)) : m.review(pick(a.title), a.proposals)}
        </Link>
      ),
    });
  }
  for (const t of topics.data?.items ?? []) {
    const step = m.steps[t.status as keyof typeof m.steps];
    if (step) {
      due.push({
        key: t.id,
        date: t.closes_at,
        node: (
          <Link to="/desk/topics/$topicId" params={{ topicId: t.id }}>
            {m.topic(pick({ zh: t.title_zh, en: t.title_en }) || t.code, step)}
          </Link>
        ),
      });
    }
  }
  for (const { topic, step } of steps.due) {
    due.push({
      key: topic.id,
      node: (
        <Link to={cyclePath(topic.id, PAGE_FOR[stageOf(step)])}>
          {m.topic(pick({ zh: topic.title_zh, en: topic.title_en }) || topic.code, cycle.steps[step])}
        </Link>
      ),
    });
  }
  for (const c of contracts.data?.items ?? []) {
    if (c.status === 'signing') {
      due.push({
        key: c.id,
        date: c.sign_by,
        node: (
          <Link to="/contracts/$contractId" params={{ contractId: c.id }}>
            {m.sign(c.number)}
          </Link>
        ),
      });
    }
  }
  due.sort((a, b) => (a.date ? instant(a.date) : '9').localeCompare(b.date ? instant(b.date) : '9'));
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
      {loading ? (
        <Lines rows={4} />
      ) : due.length === 0 ? (
        <Empty
          action={
            <Link className="btn p" to="/">
              {m.find}
            </Link>
          }
        >
          {m.none}
        </Empty>
      ) : (
        <Panel>
          <ul className="stack3">
            {due.map((d) => (
              <li key={d.key} className="row sp">
                {d.node}
                {d.date && <Due date={d.date} />}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

const DAY = 86_400_000;
/** A day lasts to its end in Beijing. */
const instant = (date: string) => (date.length === 10 ? `${date}T16:00:00Z` : date);

/** A due date; in its last week what is left as well. */
function Due({ date }: { date: string }) {
  const until = instant(date);
  return (
    <span className="sm">
      <span className="mut">{m.by}</span> <Day date={date} />
      {remaining(until).ms < 7 * DAY && (
        <>
          {' · '}
          <Countdown until={until} />
        </>
      )}
    </span>
  );
}

/** When the topics close for which teams still write. */
function useClosings(topicIds: readonly string[]) {
  const ids = [...new Set(topicIds)];
  const topics = useQueries({
    queries: ids.map((topic_id) => read('/api/v1/topics/{topic_id}', { path: { topic_id } })),
  });
  return {
    of: (topicId: string) => topics[ids.indexOf(topicId)]?.data?.closes_at,
    isLoading: topics.some((q) => q.isLoading),
  };
}

/** What the cycles of published topics want of an officer, from counts that name nobody. */
function useCycleSteps(
  session: Session | null | undefined,
  topics: readonly Topic[],
  contracts: readonly Contract[] | undefined,
): { due: { topic: Topic; step: Step }[]; isLoading: boolean } {
  const decides = session?.rights.includes('award.decide') ?? false;
  const signs = session?.rights.includes('contract.sign') ?? false;
  const mine = (state: string, ...roles: string[]) =>
    topics.filter((t) => t.state === state && t.my_roles.some((role) => roles.includes(role)));
  const checked = mine('screening', 'screener', 'draw_officer');
  const reviewed = decides ? topics.filter((t) => t.state === 'reviewing') : mine('reviewing', 'draw_officer');
  const checks = useQueries({
    queries: checked.map((t) => read('/api/v1/topics/{topic_id}/formal-check', { path: { topic_id: t.id } })),
  });
  const reviews = useQueries({
    queries: reviewed.map((t) =>
      read('/api/v1/officer/topics/{topic_id}/review-progress', { path: { topic_id: t.id } }),
    ),
  });
  const notices = useQuery({
    ...read('/api/v1/notices', { query: { limit: 100 } }),
    enabled: topics.some((t) => (decides && t.state === 'public_notice') || (signs && t.state === 'awarded')),
  });
  const due = topics.flatMap((topic) => {
    if (!session) return [];
    const notice = notices.data?.items.find((n) => n.topic_id === topic.id);
    const step = dueStep(topic, session, {
      check: checks[checked.indexOf(topic)]?.data,
      review: reviews[reviewed.indexOf(topic)]?.data,
      noticeEnded: notice && notice.state === 'ended',
      // What was confirmed is what the notice said: each winner gets a contract.
      list: notice && { status: 'confirmed', winners: (notice.body.winners as unknown[]).length },
      contracts: contracts?.filter((c) => c.topic_id === topic.id),
    });
    return step ? [{ topic, step }] : [];
  });
  return { due, isLoading: [...checks, ...reviews, notices].some((q) => q.isLoading) };
}
