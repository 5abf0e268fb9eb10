import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { Ask } from '@/features/cycle/Ask';
import { type Cycle, CycleFrame, cyclePath, NotYours, Rule } from '@/features/cycle/Frame';
import { call, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { now } from '@/shared/lib/time';
import { Countdown, Empty, Lines, Meter, Notice, Panel, Show, StateBadge, When } from '@/shared/ui';
import { byApplication } from './held';
import { m } from './messages';

const WHILE_MADE = 3000;
const SLOW_MS = 15 * 60_000;

/** A topic's applications: sealed, opened by two, checked one by one, copied blind. */
export default function Bids() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/applications' });
  return (
    <CycleFrame topicId={topicId} page="applications">
      {(cycle) => {
        const { state, opened_at } = cycle.topic;
        if (state === 'open') return <Sealed cycle={cycle} />;
        if (!opened_at) return <Opening cycle={cycle} />;
        return (
          <>
            <FormalCheck cycle={cycle} />
            {state !== 'screening' && <Copies topicId={topicId} />}
            <List topicId={topicId} />
          </>
        );
      }}
    </CycleFrame>
  );
}

function useCount(topicId: string) {
  return useQuery(read('/api/v1/topics/{topic_id}/application-count', { path: { topic_id: topicId } }));
}

function Sealed({ cycle: { topic, right } }: { cycle: Cycle }) {
  const count = useCount(topic.id);
  return (
    <Show of={count} loading={<Lines rows={2} height={88} />}>
      {(data) => (
        <>
          <Notice tone="seal" title={m.sealed(data.count)}>
            <p>{m.sealedBody}</p>
            {topic.closes_at && (
              <p>
                {m.closesAt} <When at={topic.closes_at} both /> · <Countdown until={topic.closes_at} />
              </p>
            )}
          </Notice>
          <Panel title={m.opening}>
            <Rule right={right('applications.open')} when={m.openingWhen} follows={m.openingThen} />
          </Panel>
        </>
      )}
    </Show>
  );
}

function Opening({ cycle: { topic, right } }: { cycle: Cycle }) {
  const count = useCount(topic.id);
  const session = useSession();
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/topics/{topic_id}/opening', { path: { topic_id: topic.id }, key }),
  );
  const { opener } = topic;
  const may = right('applications.open');
  const n = count.data?.count ?? 0;
  return (
    <>
      <Notice tone="seal" title={m.sealed(n)}>
        <p>{m.whyTwo}</p>
      </Notice>
      <Panel title={m.opening}>
        <div className="stack4">
          <Rule right={may} without={opener?.person_id} when={m.openingWhen} follows={m.openingThen} />
          {opener && (
            <Notice title={opener.person_id === session.data?.person_id ? m.youFirst : undefined} live="status">
              <p>{opener.person_id === session.data?.person_id ? m.youFirstBody : m.named(opener.person_name)}</p>
            </Notice>
          )}
          {!may?.allowed ? (
            <NotYours right={may} />
          ) : opener === null ? (
            <Ask label={m.first} sure={m.firstSure} deed={deed}>
              <p>{m.firstBody}</p>
            </Ask>
          ) : (
            opener.person_id !== session.data?.person_id && (
              <Ask label={m.second} sure={m.secondSure} deed={deed}>
                <p>{m.secondBody(opener.person_name, n)}</p>
              </Ask>
            )
          )}
        </div>
      </Panel>
    </>
  );
}

function FormalCheck({ cycle: { topic, right } }: { cycle: Cycle }) {
  const progress = useQuery(read('/api/v1/topics/{topic_id}/formal-check', { path: { topic_id: topic.id } }));
  const may = right('applications.screen');
  return (
    <Panel title={m.check}>
      <Show of={progress} loading={<Lines rows={3} />}>
        {({ undecided, eligible, ineligible }) => (
          <div className="stack4">
            <p className="b">
              {undecided ? m.left(undecided) : m.allDone}
              <span className="mut"> · {m.counts(eligible, ineligible)}</span>
            </p>
            <Meter value={eligible + ineligible} of={undecided + eligible + ineligible} label={m.check} />
            {topic.state === 'screening' && (
              <>
                <Rule right={may} when={m.checkWhen} follows={m.checkThen} />
                {undecided > 0 && !may?.allowed && <NotYours right={may} />}
                {undecided === 0 && eligible > 0 && (
                  <Link className="btn p" to={cyclePath(topic.id, 'draws')}>
                    {m.toDraw}
                  </Link>
                )}
              </>
            )}
          </div>
        )}
      </Show>
    </Panel>
  );
}

function Copies({ topicId }: { topicId: string }) {
  const path = { path: { topic_id: topicId } };
  const progress = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/review-progress', path),
    refetchInterval: (query) => (query.state.data?.copies_pending ? WHILE_MADE : false),
  });
  const unready = Boolean(progress.data?.copies_held || progress.data?.copies_pending);
  const copies = useQuery({ ...read('/api/v1/officer/topics/{topic_id}/blind-copies', path), enabled: unready });
  const held = byApplication(copies.data ?? []);
  const oldest = copies.data?.filter((one) => one.status === 'pending').map((one) => Date.parse(one.created_at));
  const slow = oldest?.some((at) => now() - at > SLOW_MS) ?? false;
  return (
    <Panel title={m.copies}>
      <Show of={progress} loading={<Lines rows={3} />}>
        {(of) => {
          const all = of.copies_pending + of.copies_held + of.copies_released;
          return (
            <div className="stack4">
              <p className="mut">{m.copiesAbout}</p>
              <p className="b">{m.released(of.copies_released, all)}</p>
              <Meter value={of.copies_released} of={all} label={m.copies} tone={of.copies_held ? 3 : 1} />
              <p role="status">
                {of.copies_pending > 0 ? m.pending(of.copies_pending) : of.copies_held === 0 && m.ready}
              </p>
              {slow && <Notice tone="warn">{m.slow}</Notice>}
              {of.copies_held > 0 && (
                <Notice tone="warn" title={m.held(of.copies_held)} live="alert">
                  <p>{m.heldHow}</p>
                  <ul className="bullets">
                    {held.map((one) => (
                      <li key={one.application_id}>
                        <Link
                          to="/desk/topics/$topicId/applications/$applicationId"
                          params={{ topicId, applicationId: one.application_id }}
                          className="mono"
                        >
                          {one.receipt_no}
                        </Link>{' '}
                        {m.reasons[one.code as keyof typeof m.reasons] ?? one.code} · {m.forSeats(one.seats)}
                      </li>
                    ))}
                  </ul>
                </Notice>
              )}
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}

function List({ topicId }: { topicId: string }) {
  const { cursor } = useSearch({ from: '/work/desk/topics/$topicId/applications' });
  const list = useQuery(
    read('/api/v1/topics/{topic_id}/applications', { path: { topic_id: topicId }, query: { cursor } }),
  );
  return (
    <Panel title={m.list} flush>
      <Show of={list} loading={<Lines rows={4} />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>{m.none}</Empty>
          ) : (
            <>
              <table className="tbl cards g mid">
                <thead>
                  <tr>
                    <th scope="col">{m.receipt}</th>
                    <th scope="col">{m.team}</th>
                    <th scope="col">{m.lead}</th>
                    <th scope="col">{m.submitted}</th>
                    <th scope="col">{m.files}</th>
                    <th scope="col">{m.state}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((one) => {
                    const lead = one.orgs.find((o) => o.role === 'lead');
                    return (
                      <tr key={one.application_id}>
                        <th scope="row">
                          <Link
                            className="mono"
                            to="/desk/topics/$topicId/applications/$applicationId"
                            params={{ topicId, applicationId: one.application_id }}
                          >
                            {one.receipt_no}
                          </Link>
                        </th>
                        <td data-l={m.team}>
                          <span>{one.team_name}</span>
                        </td>
                        <td data-l={m.lead}>
                          <span>{lead && pick({ zh: lead.name_zh, en: lead.name_en })}</span>
                        </td>
                        <td data-l={m.submitted}>
                          <span>
                            <When at={one.submitted_at} />
                          </span>
                        </td>
                        <td className="num" data-l={m.files}>
                          <span>{m.filesN(one.files.length)}</span>
                        </td>
                        <td className="st">
                          <StateBadge
                            group="application"
                            state={one.status === 'submitted' ? 'screening' : one.status}
                          />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
              {page.next_cursor && (
                <p className="pb">
                  <Link
                    className="btn"
                    to="/desk/topics/$topicId/applications"
                    params={{ topicId }}
                    search={{ cursor: page.next_cursor }}
                  >
                    {m.page}
                  </Link>
                </p>
              )}
            </>
          )
        }
      </Show>
    </Panel>
  );
}
