import { IconCheck, IconCircle, IconPlayerPlay, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Ask } from '@/features/cycle/Ask';
import { type Cycle, CycleFrame, cyclePath, NotYours, type Right, Rule } from '@/features/cycle/Frame';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { dateTime, now } from '@/shared/lib/time';
import { useKept } from '@/shared/lib/useKept';
import { beijingDay, workingDays } from '@/shared/lib/workingDays';
import {
  Button,
  Countdown,
  Empty,
  ErrorSummary,
  Lines,
  Notice,
  Panel,
  Show,
  StateBadge,
  TextArea,
  When,
} from '@/shared/ui';
import { m } from './messages';
import { type Standing, type Step, standing } from './steps';
import './style.css';

type List = Answer<'/api/v1/topics/{topic_id}/award-lists'>[number];
type Rules = Answer<'/api/v1/topics/{topic_id}'>['rules'];
type Contract = Answer<'/api/v1/contracts'>['items'][number];
const WHILE_RUNNING = 30_000;

/** From the score run to the contracts: proposal, collective decision, public notice, confirmation. */
export default function Awards() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/awards' });
  return (
    <CycleFrame topicId={topicId} page="awards">
      {(cycle) => <Lists cycle={cycle} />}
    </CycleFrame>
  );
}

function Lists({ cycle }: { cycle: Cycle }) {
  const path = { path: { topic_id: cycle.topic.id } };
  const lists = useQuery(read('/api/v1/topics/{topic_id}/award-lists', path));
  const runs = useQuery(read('/api/v1/officer/topics/{topic_id}/score-runs', path));
  const topic = useQuery(read('/api/v1/topics/{topic_id}', path));
  const contracts = useQuery(read('/api/v1/contracts', { query: { topic: cycle.topic.id, limit: 100 } }));
  const grey = <Lines rows={6} height={88} />;
  return (
    <Show of={lists} loading={grey}>
      {(all) => (
        <Show of={runs} loading={grey}>
          {(scored) => (
            <Show of={topic} loading={grey}>
              {({ rules }) => (
                <Show of={contracts} loading={grey}>
                  {({ items }) => {
                    const list = all.at(-1);
                    if (!list && scored.length === 0)
                      return (
                        <Empty
                          action={
                            <Link className="btn" to={cyclePath(cycle.topic.id, 'scores')}>
                              {m.toScores}
                            </Link>
                          }
                        >
                          {m.early}
                        </Empty>
                      );
                    return (
                      <>
                        {list && <Entries list={list} />}
                        <Procedure cycle={cycle} list={list} rules={rules} contracts={items} />
                      </>
                    );
                  }}
                </Show>
              )}
            </Show>
          )}
        </Show>
      )}
    </Show>
  );
}

function Entries({ list }: { list: List }) {
  return (
    <Panel
      slip
      title={m.list(list.n)}
      aside={
        <span className="row">
          <span className={`badge ${list.status === 'confirmed' ? 'ok' : 'info'}`}>{m.states[list.status]}</span>
          <Button size="small" className="no-print" onClick={() => window.print()}>
            <IconPrinter className="i" aria-hidden />
            {m.print}
          </Button>
        </span>
      }
      flush
    >
      <table className="tbl cards g mid ranked">
        <thead>
          <tr>
            <th scope="col">{m.rank}</th>
            <th scope="col">{m.team}</th>
            <th scope="col">{m.lead}</th>
            <th scope="col" className="r">
              {m.score}
            </th>
            <th scope="col">{m.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {list.entries.map((entry) => (
            <tr key={entry.application_id}>
              <td className="num" data-l={m.rank}>
                <span>{entry.rank}</span>
              </td>
              <th scope="row">
                <Link
                  to="/desk/topics/$topicId/applications/$applicationId"
                  params={{ topicId: list.topic_id, applicationId: entry.application_id }}
                >
                  {entry.team}
                </Link>
              </th>
              <td data-l={m.lead}>
                <span>{pick(entry.lead_org.name)}</span>
              </td>
              <td className="r num" data-l={m.score}>
                <span>{entry.display}</span>
              </td>
              <td className="st">
                <StateBadge
                  group="application"
                  state={entry.outcome === 'recommended' && list.status === 'confirmed' ? 'awarded' : entry.outcome}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Procedure({
  cycle,
  list,
  rules,
  contracts,
}: {
  cycle: Cycle;
  list: List | undefined;
  rules: Rules;
  contracts: readonly Contract[];
}) {
  const winners = list?.entries.filter((entry) => entry.outcome === 'recommended') ?? [];
  const at = standing(list, winners.length, contracts.length);
  const right = cycle.right('award.decide');
  const name = (id: string | null) => right?.holders.find((one) => one.person_id === id)?.person_name ?? m.somebody;
  const note = (id: string | null, when: string | null) =>
    when && (
      <p className="mut sm">
        {m.by(name(id))} · <When at={when} />
      </p>
    );
  const working = (unit: string) => unit === 'working_days';
  return (
    <Panel title={m.procedure} flush>
      <ol className="procedure">
        <Item step="propose" is={at.propose}>
          {at.propose === 'now' ? (
            <>
              <Rule right={right} when={m.propose.when} follows={m.propose.follows} />
              <Propose cycle={cycle} right={right} />
            </>
          ) : (
            note(list?.proposed_by ?? null, list?.proposed_at ?? null)
          )}
        </Item>
        <Item step="decide" is={at.decide}>
          {at.decide === 'done' ? (
            note(list?.decided_by ?? null, list?.decided_at ?? null)
          ) : (
            <>
              <Rule
                right={at.decide === 'now' ? right : undefined}
                without={list?.proposed_by}
                when={m.decide.when}
                follows={m.decide.follows}
              />
              {at.decide === 'now' && list && <Decide list={list} right={right} />}
            </>
          )}
        </Item>
        <Item step="notice" is={at.notice}>
          {list?.notice_id ? (
            <Running noticeId={list.notice_id} />
          ) : (
            <>
              <Rule
                right={at.notice === 'now' ? right : undefined}
                when={m.notice.when(rules.notice.n, working(rules.notice.unit))}
                follows={m.notice.follows}
              />
              {at.notice === 'now' && list && <GiveNotice list={list} right={right} rules={rules} />}
            </>
          )}
        </Item>
        <Item step="confirm" is={at.confirm}>
          {at.confirm === 'done' ? (
            note(list?.confirmed_by ?? null, list?.confirmed_at ?? null)
          ) : (
            <>
              <Rule
                right={at.confirm === 'now' ? right : undefined}
                when={m.confirm.when}
                follows={m.confirm.follows}
              />
              {at.confirm === 'now' && list?.notice_id && (
                <Confirm list={list} noticeId={list.notice_id} right={right} />
              )}
            </>
          )}
        </Item>
        <Item step="contract" is={at.contract}>
          <Rule
            right={at.contract === 'now' ? cycle.right('contract.sign') : undefined}
            when={m.contract.when(rules.contract_signing.n, working(rules.contract_signing.unit))}
            follows={m.contract.follows}
          />
          {list?.status === 'confirmed' && (
            <ul className="stack3">
              {winners.map((entry) => (
                <Winner
                  key={entry.application_id}
                  entry={entry}
                  topicId={cycle.topic.id}
                  contract={contracts.find((one) => one.team_id === entry.team_id)}
                  right={cycle.right('contract.sign')}
                />
              ))}
            </ul>
          )}
        </Item>
      </ol>
    </Panel>
  );
}

const icons = { done: IconCheck, now: IconPlayerPlay, later: IconCircle };

function Item({ step, is, children }: { step: Step; is: Standing; children: ReactNode }) {
  const Icon = icons[is];
  return (
    <li className={is} aria-current={is === 'now' ? 'step' : undefined}>
      <div className="stack3">
        <h3>
          <span className={`badge ${is === 'done' ? 'ok' : is === 'now' ? 'accent' : 'neutral'}`}>
            <Icon className="i" aria-hidden />
            {m[is]}
          </span>
          {m[step].title}
        </h3>
        {children}
      </div>
    </li>
  );
}

function Propose({ cycle, right }: { cycle: Cycle; right: Right | undefined }) {
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/topics/{topic_id}/award-lists', { path: { topic_id: cycle.topic.id }, key }),
  );
  if (!right?.allowed) return <NotYours right={right} />;
  return (
    <Ask label={m.propose.act} sure={m.propose.sure} deed={deed}>
      <p>{m.propose.body}</p>
    </Ask>
  );
}

function Decide({ list, right }: { list: List; right: Right | undefined }) {
  const session = useSession();
  const me = session.data?.person_id;
  const form = useKept(`jiebang.decision.${list.id}.${me}`, { reason: '' });
  const [hinted, setHinted] = useState(false);
  const deed = useDeed(
    (_: undefined, key: string) =>
      call('post', '/api/v1/award-lists/{list_id}/decision', {
        path: { list_id: list.id },
        body: { reason: form.value.reason.trim() },
        version: list.version,
        key,
      }),
    form.drop,
  );
  if (!right?.allowed) return <NotYours right={right} />;
  if (list.proposed_by === me)
    return (
      <Notice tone="warn" title={m.decide.same}>
        {m.decide.sameBody}
      </Notice>
    );
  const missing = !form.value.reason.trim();
  return (
    <div className="stack4">
      <TextArea
        id="reason"
        label={m.decide.reason}
        hint={m.decide.reasonHint}
        max={2000}
        value={form.value.reason}
        onChange={(e) => form.set({ reason: e.target.value })}
      />
      {hinted && missing && <ErrorSummary faults={[{ id: 'reason', text: m.decide.need }]} />}
      <Ask
        label={m.decide.act}
        sure={m.decide.sure}
        deed={deed}
        ready={() => {
          setHinted(missing);
          return !missing;
        }}
      >
        <p>{m.decide.body}</p>
        <blockquote className="text">{form.value.reason}</blockquote>
      </Ask>
    </div>
  );
}

function GiveNotice({ list, right, rules }: { list: List; right: Right | undefined; rules: Rules }) {
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/award-lists/{list_id}/notice', { path: { list_id: list.id }, version: list.version, key }),
  );
  if (!right?.allowed) return <NotYours right={right} />;
  return (
    <Ask label={m.notice.act} sure={m.notice.sure} deed={deed}>
      <p>{m.notice.body(rules.notice.n, rules.notice.unit === 'working_days')}</p>
    </Ask>
  );
}

function useNotice(noticeId: string) {
  return useQuery({
    ...read('/api/v1/notices/{notice_id}', { path: { notice_id: noticeId } }),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? WHILE_RUNNING : false),
  });
}

function Running({ noticeId }: { noticeId: string }) {
  const notice = useNotice(noticeId);
  const calendars = useQuery({ ...read('/api/v1/calendars'), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Show of={notice} loading={<Lines rows={2} />}>
      {(data) => {
        const today = beijingDay(now());
        const days = workingDays(data.starts_at, data.ends_at, calendars.data ?? []);
        const left = days.filter((day) => day >= today).length;
        return (
          <div className="stack3">
            <p className="row">
              <b>{m.notice[data.state]}</b>
              {data.state === 'running' && <span>{m.notice.left(left)}</span>}
              <span className="mut">
                {m.notice.ends} <When at={data.ends_at} both />
              </span>
              <Link to="/notices/$noticeId" params={{ noticeId }}>
                {m.notice.see}
              </Link>
            </p>
            {calendars.data && (
              <ol className="days" aria-label={m.notice.days}>
                {days.map((day) => (
                  <li key={day} className={day === today ? 'today' : day < today ? 'past' : undefined}>
                    <time dateTime={day}>{shortDay(day)}</time>
                    <small>{day === today ? m.notice.today : day < today ? m.notice.past : ' '}</small>
                  </li>
                ))}
              </ol>
            )}
            <p className="mut sm">{m.notice.weekend}</p>
          </div>
        );
      }}
    </Show>
  );
}

/** A day with its weekday, without the hour. */
const shortDay = (day: string) => dateTime(`${day}T04:00:00Z`).replace(/,? ?\d\d:\d\d$/, '');

function Confirm({ list, noticeId, right }: { list: List; noticeId: string; right: Right | undefined }) {
  const notice = useNotice(noticeId);
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/award-lists/{list_id}/confirmation', {
      path: { list_id: list.id },
      version: list.version,
      key,
    }),
  );
  if (notice.data?.state !== 'ended')
    return (
      <Notice tone="info" title={m.confirm.running}>
        {notice.data && <Countdown until={notice.data.ends_at} />}
      </Notice>
    );
  if (!right?.allowed) return <NotYours right={right} />;
  return (
    <Ask label={m.confirm.act} sure={m.confirm.sure} deed={deed}>
      <p>{m.confirm.body}</p>
      <ul className="bullets">
        {list.entries
          .filter((entry) => entry.outcome === 'recommended')
          .map((entry) => (
            <li key={entry.application_id}>
              {entry.team} · {pick(entry.lead_org.name)}
            </li>
          ))}
      </ul>
    </Ask>
  );
}

function Winner({
  entry,
  topicId,
  contract,
  right,
}: {
  entry: List['entries'][number];
  topicId: string;
  contract: Contract | undefined;
  right: Right | undefined;
}) {
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/topics/{topic_id}/contracts', {
      path: { topic_id: topicId },
      body: { application_id: entry.application_id },
      key,
    }),
  );
  return (
    <li className="row sp">
      <span>
        <b>{entry.team}</b> <span className="mut">{pick(entry.lead_org.name)}</span>
      </span>
      {contract ? (
        <span className="row">
          <StateBadge group="contract" state={contract.status} />
          <Link to="/contracts/$contractId" params={{ contractId: contract.id }}>
            {m.contract.open(contract.number)}
          </Link>
        </span>
      ) : right?.allowed ? (
        <Ask label={m.contract.act} name={m.contract.of(entry.team)} sure={m.contract.sure} deed={deed}>
          <p>{m.contract.body(entry.team)}</p>
        </Ask>
      ) : (
        <span className="mut">{m.contract.none}</span>
      )}
    </li>
  );
}
