import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { BlindBadge, Countdown, Day, Empty, Meter, PageHead, Panel, Show, StateBadge } from '@/shared/ui';
import { m } from './messages';

type Assignment = Answer<'/api/v1/review/assignments'>[number];

/** An expert's invitations first, then what is to be reviewed. */
export default function Queue() {
  const list = useQuery(read('/api/v1/review/assignments'));
  return (
    <>
      <PageHead title={m.title} sub={m.sub} above={<BlindBadge />} />
      <Show of={list}>
        {(all) => {
          const offered = all.filter((a) => a.status === 'offered');
          const working = all.filter((a) => a.status === 'accepted');
          const done = all.filter((a) => !['offered', 'accepted'].includes(a.status));
          if (all.length === 0)
            return (
              <Empty
                action={
                  <Link className="btn" to="/work">
                    {m.offer}
                  </Link>
                }
              >
                {m.nothing}
              </Empty>
            );
          return (
            <div className="stack4">
              {offered.length > 0 && (
                <Panel title={m.offers} flush>
                  <Rows rows={offered} date="answer_by" label={m.answerBy} act={m.open} primary />
                </Panel>
              )}
              <Panel title={m.work} flush>
                {working.length ? (
                  <Rows rows={working} date="due_on" label={m.due} act={m.go} primary={offered.length === 0} progress />
                ) : (
                  <Empty>{m.noWork}</Empty>
                )}
              </Panel>
              {done.length > 0 && (
                <Panel title={m.done} flush>
                  <Rows rows={done} date="due_on" label={m.due} act={m.look} past />
                </Panel>
              )}
              <p className="mut sm">{m.promise}</p>
            </div>
          );
        }}
      </Show>
    </>
  );
}

function Rows({
  rows,
  date,
  label,
  act,
  primary,
  progress,
  past,
}: {
  rows: Assignment[];
  date: 'answer_by' | 'due_on';
  label: string;
  act: string;
  /** The first row's link is the view's one primary deed. */
  primary?: boolean;
  progress?: boolean;
  /** Nothing is awaited any more. */
  past?: boolean;
}) {
  return (
    <table className="tbl cards g mid">
      <thead>
        <tr>
          <th scope="col">{m.topic}</th>
          <th scope="col">{m.state}</th>
          <th scope="col">{progress ? m.progress : m.load}</th>
          <th scope="col">{label}</th>
          <th scope="col">
            <span className="vh">{act}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((a, i) => (
          <tr key={a.id}>
            <th scope="row">{pick(a.title)}</th>
            <td className="st">
              <StateBadge group="review" state={a.status === 'accepted' ? 'working' : a.status} />
            </td>
            <td data-l={progress ? m.progress : m.load}>
              {progress ? <Progress id={a.id} of={a.proposals} /> : <span>{m.loadN(a.proposals)}</span>}
            </td>
            <td data-l={label}>
              <span>
                <Day date={a[date]} />
                {!past && (
                  <>
                    <br />
                    <span className="sm">
                      <Countdown until={`${a[date]}T16:00:00Z`} />
                    </span>
                  </>
                )}
              </span>
            </td>
            <td className="r">
              <Link
                className={`btn s${primary && i === 0 ? ' p' : ''}`}
                to="/review/assignments/$assignmentId"
                params={{ assignmentId: a.id }}
                aria-label={`${act} ${pick(a.title)}`}
              >
                {act}
              </Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How many of an assignment's proposals are reviewed for good. */
function Progress({ id, of }: { id: string; of: number }) {
  const list = useQuery(read('/api/v1/review/applications', { query: { assignment: id } }));
  const done = list.data?.filter((p) => p.review_status !== null && p.review_status !== 'draft').length;
  if (done === undefined) return <span>{m.loadN(of)}</span>;
  return (
    <span>
      {m.doneN(done, of)}
      <Meter value={done} of={of} label={m.doneN(done, of)} />
    </span>
  );
}
