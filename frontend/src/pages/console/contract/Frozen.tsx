import { pick } from '@/shared/i18n';
import { Panel } from '@/shared/ui';
import { m } from './messages';
import { inOrder, nameOf, written } from './reading';

/** A frozen text with the digest that people sign, and the whole of it to read. */
export function Frozen({ title, sha256, body }: { title: string; sha256: string; body: unknown }) {
  return (
    <Panel title={title}>
      <p className="mono hash dim sm">
        {m.digest} {sha256}
      </p>
      <details>
        <summary className="b">{m.whole}</summary>
        <Node value={body} name="" within="" />
      </details>
    </Panel>
  );
}

/** Names and values, whatever the shape; two languages show the reader's. */
function Node({ value, name, within }: { value: unknown; name: string; within: string }) {
  if (value === null || typeof value !== 'object') return <span className="text">{written(name, value)}</span>;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((k) => k === 'zh' || k === 'en'))
    return <span className="text">{pick(value as { zh: string })}</span>;
  // A row stands for the list that it is in.
  const here = /^\d+$/.test(name) ? within : name;
  return (
    <dl className="kv sm">
      {inOrder(Object.entries(value), here).map(([key, inner]) => (
        <div key={key} className="pairline">
          <dt>{nameOf(key, here)}</dt>
          <dd>
            <Node value={inner} name={key} within={here} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
