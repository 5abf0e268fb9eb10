import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Amount, Empty, PageHead, Panel, Show, StateBadge } from '@/shared/ui';
import { m } from './messages';

/** Every contract that one may read. */
export default function Contracts() {
  const { cursor } = useSearch({ from: '/work/contracts' });
  const list = useQuery(read('/api/v1/contracts', { query: { cursor } }));
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
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
                      <th scope="col" className="r">
                        {m.amount}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((c) => (
                      <tr key={c.id}>
                        <th scope="row">
                          <Link to="/contracts/$contractId" params={{ contractId: c.id }}>
                            {pick(c.title)}
                          </Link>
                        </th>
                        <td className="mono" data-l={m.number}>
                          <span>{c.number}</span>
                        </td>
                        <td className="st">
                          <StateBadge group="contract" state={c.status} />
                        </td>
                        <td className="r" data-l={m.amount}>
                          <Amount minor={c.amount_minor} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Panel>
              {page.next_cursor && (
                <Link className="btn" to="/contracts" search={{ cursor: page.next_cursor }}>
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
