import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Export } from '@/features/audit/Export';
import { read, text } from '@/shared/api';
import { save } from '@/shared/lib/save';
import { Panel, Show, When } from '@/shared/ui';
import { m } from './messages';

const SLOW = 10;

/** Where the hash chain stands, and the whole of it as a file that is checked offline. */
export function Chain() {
  const state = useQuery({ ...read('/api/v1/supervision/audit/state'), refetchInterval: 15_000 });
  return (
    <Panel title={m.chain}>
      <Show of={state}>
        {(chain) => (
          <div className="stack4">
            <p className={chain.lag > SLOW ? 't-warn' : 't-ok'} role="status">
              {chain.lag > SLOW ? (
                <IconAlertTriangle className="i" aria-hidden />
              ) : (
                <IconCircleCheck className="i" aria-hidden />
              )}{' '}
              {chain.lag > SLOW ? m.behind : m.well}
            </p>
            <dl className="kv chain">
              <dt>{m.links}</dt>
              <dd>{m.linksOf(chain.links.toLocaleString('en'))}</dd>
              <dt>{m.waits}</dt>
              <dd>{m.waitingOf(chain.waiting)}</dd>
              {chain.waiting > 0 && (
                <>
                  <dt>{m.lag}</dt>
                  <dd>{m.seconds(chain.lag.toFixed(1))}</dd>
                </>
              )}
              <dt>{m.signed}</dt>
              <dd>
                {chain.checkpoint ? (
                  <>
                    <When at={chain.checkpoint.at} /> <span className="mono dim sm">{chain.checkpoint.seq}</span>
                  </>
                ) : (
                  m.never
                )}
              </dd>
            </dl>
            <p className="mono hash dim sm">
              {m.head} {chain.head}
            </p>
            <Export<string>
              label={m.exportChain}
              total={chain.links}
              fetched={async (at, signal) => {
                const page = await text('/api/v1/supervision/audit/chain', {
                  query: { after: Number(at ?? 0), size: 1000 },
                  signal,
                });
                const { items, next } = JSON.parse(page) as { items: unknown[]; next: number | null };
                return { page: `${page}\n`, rows: items.length, next: next === null ? null : String(next) };
              }}
              finish={(pages) => save('audit.jsonl', pages, 'application/jsonl')}
            />
            <div className="stack sm mut">
              <p>{m.exportAbout}</p>
              <p>
                <code className="mono hash">{m.command}</code>
              </p>
              <p>
                <a href="/api/v1/audit/checkpoints?limit=100" download="checkpoints.json">
                  {m.checkpoints}
                </a>
              </p>
              <p>
                <Link to="/audit">{m.feed}</Link>
              </p>
            </div>
          </div>
        )}
      </Show>
    </Panel>
  );
}
