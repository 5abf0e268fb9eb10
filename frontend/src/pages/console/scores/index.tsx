import { IconDownload, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Ask } from '@/features/cycle/Ask';
import { type Cycle, CycleFrame, cyclePath, NotYours, Rule } from '@/features/cycle/Frame';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Button, Empty, Lines, Notice, Panel, Refusal, Show, When } from '@/shared/ui';
import { deviation, rounded, tied, unrounded } from './exact';
import { m } from './messages';

type Run = Answer<'/api/v1/officer/topics/{topic_id}/score-runs'>[number];
type Public = Answer<'/api/v1/topics/{topic_id}'>;

/** The one score run of a topic: computed when all reviews are in, then ranked, printed, exported. */
export default function Scores() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/scores' });
  return (
    <CycleFrame topicId={topicId} page="scores">
      {(cycle) => <Runs cycle={cycle} />}
    </CycleFrame>
  );
}

function Runs({ cycle }: { cycle: Cycle }) {
  const path = { path: { topic_id: cycle.topic.id } };
  const runs = useQuery(read('/api/v1/officer/topics/{topic_id}/score-runs', path));
  const topic = useQuery(read('/api/v1/topics/{topic_id}', path));
  const grey = <Lines rows={5} height={88} />;
  return (
    <Show of={runs} loading={grey}>
      {(all) => (
        <Show of={topic} loading={grey}>
          {(published) => {
            const run = all.at(-1);
            if (run) return <Ranking run={run} topic={published} cycle={cycle} />;
            if (cycle.topic.state !== 'reviewing') return <Empty>{m.early}</Empty>;
            return <Compute cycle={cycle} />;
          }}
        </Show>
      )}
    </Show>
  );
}

function Compute({ cycle: { topic, right } }: { cycle: Cycle }) {
  const progress = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/review-progress', { path: { topic_id: topic.id } }),
    refetchInterval: 15_000,
  });
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/officer/topics/{topic_id}/score-runs', { path: { topic_id: topic.id }, key }),
  );
  const may = right('panel.draw');
  return (
    <Panel title={m.run}>
      <Show of={progress}>
        {({ offered, accepted, copies_held }) => (
          <div className="stack4">
            <Rule right={may} when={m.when} follows={m.follows} />
            {offered + accepted > 0 ? (
              <Notice
                tone="warn"
                title={m.owed(offered + accepted)}
                actions={
                  <Link className="btn s" to={cyclePath(topic.id, 'panel')}>
                    {m.toPanel}
                  </Link>
                }
              >
                <p>{m.owedBody}</p>
                {copies_held > 0 && <p>{m.held}</p>}
              </Notice>
            ) : may?.allowed ? (
              <Ask label={m.run} sure={m.sure} deed={deed}>
                <p>{m.body}</p>
              </Ask>
            ) : (
              <NotYours right={may} />
            )}
          </div>
        )}
      </Show>
    </Panel>
  );
}

function Ranking({ run, topic, cycle }: { run: Run; topic: Public; cycle: Cycle }) {
  const copies = useQuery(
    read('/api/v1/officer/topics/{topic_id}/blind-copies', { path: { topic_id: cycle.topic.id } }),
  );
  const receipts = new Map(copies.data?.map((one) => [one.application_id, one.receipt_no]));
  const equal = tied(run.ranking);
  const { criteria } = topic.text;
  const { rules } = topic;
  return (
    <>
      <Panel
        slip
        title={m.ranking}
        aside={
          <span className="row no-print">
            <Export run={run} code={cycle.topic.code} />
            <Button size="small" onClick={() => window.print()}>
              <IconPrinter className="i" aria-hidden />
              {m.print}
            </Button>
          </span>
        }
      >
        <div className="stack4">
          <table className="tbl cards g ranked">
            <thead>
              <tr>
                <th scope="col">{m.rank}</th>
                <th scope="col">{m.application}</th>
                <th scope="col" className="r">
                  {m.display}
                </th>
                <th scope="col" className="r">
                  {m.exact}
                </th>
                <th scope="col" className="r">
                  {m.reviews}
                </th>
                <th scope="col" className="r">
                  {m.spread}
                </th>
                <th scope="col">{m.criteria}</th>
              </tr>
            </thead>
            <tbody>
              {run.ranking.map((one) => (
                <tr key={one.application_id}>
                  <td className="num b" data-l={m.rank}>
                    <span>{one.rank}</span>
                  </td>
                  <th scope="row">
                    <Link
                      className="mono"
                      to="/desk/topics/$topicId/applications/$applicationId"
                      params={{ topicId: cycle.topic.id, applicationId: one.application_id }}
                    >
                      {receipts.get(one.application_id) ?? one.application_id.slice(0, 8)}
                    </Link>
                    {(one.decided_by || equal.has(one.application_id)) && (
                      <span className="t-warn sm">
                        <br />
                        {one.decided_by ? m.decided[one.decided_by as keyof typeof m.decided] : m.tie}
                      </span>
                    )}
                  </th>
                  <td className="r num b" data-l={m.display}>
                    <span>{one.display}</span>
                  </td>
                  <td className="r num" data-l={m.exact} title={one.score}>
                    <span>{unrounded(one.score)}</span>
                  </td>
                  <td className="r num" data-l={m.reviews}>
                    <span>{one.reviews}</span>
                  </td>
                  <td className="r num nw" data-l={m.spread}>
                    <span>{m.points(deviation(one.spread).toFixed(2))}</span>
                  </td>
                  <td className="sm" data-l={m.criteria}>
                    <ul>
                      {criteria.map((criterion, i) => (
                        <li key={criterion.code}>
                          {pick(criterion.name)} <span className="num">{rounded(one.criteria[i] ?? '0/1')}</span>
                        </li>
                      ))}
                    </ul>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="mut sm">{m.about}</p>
        </div>
      </Panel>
      <Panel title={m.rule}>
        <dl className="kv sm">
          <dt>{m.rule}</dt>
          <dd>
            {m.aggregation[rules.aggregation]} · {m.quorum(rules.min_valid_reviews)}
          </dd>
          <dt>{m.chain}</dt>
          <dd>{rules.tie_chain.map((step) => m.steps[step]).join(' → ')}</dd>
          <dt>{m.computed}</dt>
          <dd>
            <When at={run.computed_at} both />
          </dd>
          <dt>{m.digest}</dt>
          <dd className="mono hash">{run.sha256}</dd>
        </dl>
      </Panel>
      {cycle.topic.state === 'reviewing' && (
        <p className="no-print">
          <Link className="btn p" to={cyclePath(cycle.topic.id, 'awards')}>
            {m.toAwards}
          </Link>
        </p>
      )}
    </>
  );
}

function Export({ run, code }: { run: Run; code: string }) {
  const deed = useDeed(
    (_: undefined) => call('get', '/api/v1/officer/score-runs/{run_id}/export', { path: { run_id: run.id } }),
    (content) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }));
      link.download = `${code}-scores-${run.n}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  );
  return (
    <>
      <Button size="small" title={m.exportAbout} busy={deed.isPending} onClick={() => deed.mutate(undefined)}>
        <IconDownload className="i" aria-hidden />
        {m.export}
      </Button>
      <Refusal error={deed.error} />
    </>
  );
}
