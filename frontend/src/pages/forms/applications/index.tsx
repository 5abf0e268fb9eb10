import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Countdown, Empty, PageHead, Panel, Show, StateBadge, When } from '@/shared/ui';
import { m } from './messages';

type Row = Answer<'/api/v1/teams/mine'>['items'][number];

/** Every bid of the teams that one is in. */
export default function Applications() {
  const { cursor } = useSearch({ from: '/work/applications' });
  const list = useQuery(read('/api/v1/teams/mine', { query: { cursor } }));
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
      <Show of={list}>
        {(page) =>
          page.items.length === 0 ? (
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
            <>
              <Panel flush>
                <table className="tbl cards g mid">
                  <thead>
                    <tr>
                      <th scope="col">{m.team}</th>
                      <th scope="col">{m.topic}</th>
                      <th scope="col">{m.state}</th>
                      <th scope="col">{m.deadline}</th>
                      <th scope="col">{m.receipt}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((row) => (
                      <ApplicationRow key={row.team_id} row={row} />
                    ))}
                  </tbody>
                </table>
              </Panel>
              {page.next_cursor && (
                <Link className="btn" to="/applications" search={{ cursor: page.next_cursor }}>
                  {m.next}
                </Link>
              )}
            </>
          )
        }
      </Show>
    </>
  );
}

function ApplicationRow({ row }: { row: Row }) {
  const topic = useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id: row.topic_id } }));
  return (
    <tr>
      <th scope="row">
        <Link to="/applications/$teamId" params={{ teamId: row.team_id }}>
          {row.team_name}
        </Link>
        <span className="mut sm"> {row.lead ? m.lead : m.member}</span>
      </th>
      <td data-l={m.topic}>
        <span>{topic.data ? `${topic.data.code} ${pick(topic.data.text.title)}` : '…'}</span>
      </td>
      <td className="st">
        <StateBadge group="application" state={row.status} />
      </td>
      <td data-l={m.deadline}>
        <span>
          {topic.data &&
            (topic.data.state === 'open' ? (
              <Countdown until={topic.data.closes_at} />
            ) : (
              <When at={topic.data.closes_at} />
            ))}
        </span>
      </td>
      <td data-l={m.receipt} className="mono">
        <span>{row.receipt_no ?? '–'}</span>
      </td>
    </tr>
  );
}
