import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { BlindBadge, Day, Empty, PageHead, Panel, Show, StateBadge } from '@/shared/ui';
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
          return (
            <div className="stack4">
              <Panel title={m.offers} flush>
                {offered.length ? (
                  <Rows rows={offered} date="answer_by" label={m.answerBy} act={m.open} />
                ) : (
                  <Empty>{m.noOffers}</Empty>
                )}
              </Panel>
              <Panel title={m.work} flush>
                {working.length ? (
                  <Rows rows={working} date="due_on" label={m.due} act={m.go} />
                ) : (
                  <Empty>{m.noWork}</Empty>
                )}
              </Panel>
              {done.length > 0 && (
                <Panel title={m.done} flush>
                  <Rows rows={done} date="due_on" label={m.due} act={m.go} />
                </Panel>
              )}
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
}: {
  rows: Assignment[];
  date: 'answer_by' | 'due_on';
  label: string;
  act: string;
}) {
  return (
    <table className="tbl cards g mid">
      <thead>
        <tr>
          <th scope="col">{m.topic}</th>
          <th scope="col">{m.state}</th>
          <th scope="col">{m.load}</th>
          <th scope="col">{label}</th>
          <th scope="col">
            <span className="vh">{act}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((a) => (
          <tr key={a.id}>
            <th scope="row">{pick(a.title)}</th>
            <td className="st">
              <StateBadge group="review" state={a.status} />
            </td>
            <td data-l={m.load}>
              <span>{m.loadN(a.proposals)}</span>
            </td>
            <td data-l={label}>
              <span>
                <Day date={a[date]} />
              </span>
            </td>
            <td className="r">
              <Link
                className="btn s"
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
