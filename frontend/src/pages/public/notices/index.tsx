import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Empty, Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

/** Public notices, newest first. */
export default function Notices() {
  const { cursor } = useSearch({ from: '/open/notices' });
  const list = useQuery(read('/api/v1/notices', { query: { cursor, limit: 20 } }));
  return (
    <div className="wrap page">
      <h1>{m.title}</h1>
      <p className="mut">{m.lead}</p>
      <Show of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>{m.none}</Empty>
          ) : (
            <>
              <Panel flush>
                <table className="tbl cards g mid">
                  <thead>
                    <tr>
                      <th scope="col">{m.topic}</th>
                      <th scope="col">{m.number}</th>
                      <th scope="col">{m.state}</th>
                      <th scope="col">{m.until}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((n) => (
                      <tr key={n.id}>
                        <th scope="row">
                          <Link to="/notices/$noticeId" params={{ noticeId: n.id }}>
                            {pick({ zh: n.title_zh, en: n.title_en })}
                          </Link>
                        </th>
                        <td className="mono" data-l={m.number}>
                          <span>{n.code}</span>
                        </td>
                        <td className="st">
                          <span className={`badge ${n.state === 'running' ? 'accent' : 'neutral'}`}>{m[n.state]}</span>
                        </td>
                        <td data-l={m.until}>
                          <span>
                            <When at={n.ends_at} />
                          </span>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Panel>
              {page.next_cursor && (
                <Link className="btn" to="/notices" search={{ cursor: page.next_cursor }}>
                  {m.next}
                </Link>
              )}
            </>
          )
        }
      </Show>
    </div>
  );
}
