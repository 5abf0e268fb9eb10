import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { read, useCan, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Day, Empty, Lines, PageHead, Panel } from '@/shared/ui';
import { m } from './messages';

/** What waits for the person in the role that is on: drafts, invitations, reviews, topics, signatures. */
export default function Work() {
  const { data: session } = useSession();
  const officer = useCan()('topic.read');
  const reviewer = session?.classes.includes('reviewer') ?? false;
  const teams = useQuery(read('/api/v1/teams/mine', { query: {} }));
  const seats = useQuery({ ...read('/api/v1/review/assignments'), enabled: reviewer });
  const topics = useQuery({ ...read('/api/v1/officer/topics', { query: {} }), enabled: officer });
  const contracts = useQuery(read('/api/v1/contracts', { query: {} }));
  const loading = [teams, seats, topics, contracts].some((q) => q.isLoading);
  const due: { key: string; date?: string; node: ReactNode }[] = [];
  for (const t of teams.data?.items ?? []) {
    if (t.status === 'draft') {
      due.push({
        key: t.team_id,
        node: (
          <Link to="/applications/$teamId" params={{ teamId: t.team_id }}>
            {m.draft(t.team_name)}
          </Link>
        ),
      });
    }
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
        node: (
          <Link to="/desk/topics/$topicId" params={{ topicId: t.id }}>
            {m.topic(pick({ zh: t.title_zh, en: t.title_en }) || t.code, step)}
          </Link>
        ),
      });
    }
  }
  for (const c of contracts.data?.items ?? []) {
    if (c.status === 'signing') {
      due.push({
        key: c.id,
        node: (
          <Link to="/contracts/$contractId" params={{ contractId: c.id }}>
            {m.sign(c.number)}
          </Link>
        ),
      });
    }
  }
  due.sort((a, b) => (a.date ?? '9').localeCompare(b.date ?? '9'));
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
                {d.date && <Day date={d.date} />}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}
