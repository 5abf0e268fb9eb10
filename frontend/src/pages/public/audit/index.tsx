import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { read } from '@/shared/api';
import { Button, Empty, Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

/** Signed heads of the audit chain, for everybody to keep, and how to check by them. */
export default function Audit() {
  const { cursor } = useSearch({ from: '/open/audit' });
  const list = useQuery(read('/api/v1/audit/checkpoints', { query: { cursor, limit: 20 } }));
  return (
    <div className="wrap page">
      <h1>{m.title}</h1>
      <p className="prose mut">{m.lead}</p>
      <Panel title={m.how}>
        <div className="stack3">
          <ol className="counted prose">
            {m.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <p>
            <code className="mono hash">{m.command}</code>
          </p>
          <p className="mut">{m.limit}</p>
          <p className="row no-print">
            <a className="btn p" href="/api/v1/audit/checkpoints?limit=100" download="checkpoints.json">
              {m.download}
            </a>
            <Button onClick={() => window.print()}>
              <IconPrinter className="i" aria-hidden />
              {m.print}
            </Button>
          </p>
        </div>
      </Panel>
      <Panel title={m.list} flush>
        <Show of={list}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty>{m.none}</Empty>
            ) : (
              <table className="tbl cards">
                <thead>
                  <tr>
                    <th scope="col">{m.at}</th>
                    <th scope="col">{m.seq}</th>
                    <th scope="col">{m.hash}</th>
                    <th scope="col">{m.key}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((c) => (
                    <tr key={c.seq}>
                      <th scope="row">
                        <When at={c.at} />
                      </th>
                      <td data-l={m.seq}>
                        <span className="num">{c.seq}</span>
                      </td>
                      <td data-l={m.hash}>
                        <span className="mono hash sm">{c.hash}</span>
                      </td>
                      <td data-l={m.key}>
                        <details>
                          <summary>{m.key}</summary>
                          <p className="sm">{m.publicKey}</p>
                          <p className="mono hash sm">{c.public_key}</p>
                          <p className="sm">{m.signature}</p>
                          <p className="mono hash sm">{c.signature}</p>
                        </details>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </Show>
      </Panel>
      {list.data && (cursor || list.data.next_cursor) && (
        <p className="row no-print">
          {cursor && (
            <Link className="btn" to="/audit" search={{}}>
              {m.first}
            </Link>
          )}
          {list.data.next_cursor && (
            <Link className="btn" to="/audit" search={{ cursor: list.data.next_cursor }}>
              {m.next}
            </Link>
          )}
        </p>
      )}
    </div>
  );
}
