import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Export } from '@/features/audit/Export';
import { actionName, actorName, deskName, kindName } from '@/features/audit/words';
import { type Answer, call, read } from '@/shared/api';
import { csv } from '@/shared/lib/csv';
import { save } from '@/shared/lib/save';
import { Empty, Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

const READS = '/api/v1/officer/topics/{topic_id}/reads';
type Row = Answer<typeof READS>['items'][number];

/** Who read what of a topic, the newest first, and all of it as a table for elsewhere. */
export function Reads({ topicId }: { topicId: string }) {
  const { cursor } = useSearch({ from: '/work/desk/topics/$topicId/incident' });
  const path = { topic_id: topicId };
  const list = useQuery({
    ...read(READS, { path, query: { cursor, limit: 50 } }),
    staleTime: 60_000, // each reading is on record
    refetchOnWindowFocus: false,
  });
  return (
    <Panel title={m.reads} flush>
      <div className="pb stack3">
        <p className="mut">{m.readsAbout}</p>
        <Export<readonly Row[]>
          label={m.export}
          fetched={async (at, signal) => {
            const page = await call('get', READS, { path, query: { cursor: at, limit: 100 }, signal });
            return { page: page.items, rows: page.items.length, next: page.next_cursor };
          }}
          finish={(pages) => save('reads.csv', [table(pages.flat())], 'text/csv')}
        />
      </div>
      <Show of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>{m.noReads}</Empty>
          ) : (
            <>
              <table className="tbl cards dense">
                <thead>
                  <tr>
                    <th scope="col">{m.who}</th>
                    <th scope="col">{m.when}</th>
                    <th scope="col">{m.what}</th>
                    <th scope="col">{m.desk}</th>
                    <th scope="col">{m.object}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((r) => (
                    <tr key={r.id}>
                      <th scope="row">{actorName(r)}</th>
                      <td data-l={m.when}>
                        <span>
                          <When at={r.at} />
                        </span>
                      </td>
                      <td data-l={m.what}>
                        <span>{actionName(r.action)}</span>
                      </td>
                      <td data-l={m.desk}>
                        <span>{deskName(r.login)}</span>
                      </td>
                      <td data-l={m.object}>
                        <span>
                          {kindName(r.object_kind)} <span className="mono dim sm">{r.object_id?.slice(0, 8)}</span>
                        </span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {(cursor || page.next_cursor) && (
                <p className="row pb no-print">
                  {cursor && (
                    <Link className="btn" to="/desk/topics/$topicId/incident" params={{ topicId }} search={{}}>
                      {m.first}
                    </Link>
                  )}
                  {page.next_cursor && (
                    <Link
                      className="btn"
                      to="/desk/topics/$topicId/incident"
                      params={{ topicId }}
                      search={{ cursor: page.next_cursor }}
                    >
                      {m.next}
                    </Link>
                  )}
                </p>
              )}
            </>
          )
        }
      </Show>
    </Panel>
  );
}

function table(rows: readonly Row[]): string {
  return csv([
    ['id', 'at', 'who', 'where', 'action', 'what', 'object_kind', 'object_id'],
    ...rows.map((r) => [
      r.id,
      r.at,
      actorName(r),
      deskName(r.login),
      r.action,
      actionName(r.action),
      r.object_kind,
      r.object_id,
    ]),
  ]);
}
