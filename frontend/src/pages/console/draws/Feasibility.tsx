import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type Answer, read } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Notice, Panel, Show } from '@/shared/ui';
import { m } from './messages';

type Found = Answer<'/api/v1/officer/topics/{topic_id}/panel-feasibility'>;

/** Whether the pool could fill the panel now; where not, what stands in the way, and what would help. */
export function Feasibility({ topicId }: { topicId: string }) {
  const found = useQuery(read('/api/v1/officer/topics/{topic_id}/panel-feasibility', { path: { topic_id: topicId } }));
  return (
    <Panel title={m.feasible} flush>
      <div className="pb">
        <Show of={found}>
          {(data) =>
            data.feasible ? (
              <Notice tone="ok">{pick(data.verdict)}</Notice>
            ) : (
              <Notice tone="warn" title={m.short}>
                <Blocks blocks={data.blocks} />
              </Notice>
            )
          }
        </Show>
      </div>
      {found.data && <Strata of={found.data} />}
    </Panel>
  );
}

/** What blocks, in words, each with the changes any of which would do. */
export function Blocks({ blocks }: { blocks: Found['blocks'] }) {
  return (
    <ul className="stack3">
      {blocks.map((b) => (
        <li key={b.code + b.sentence.zh}>
          <p>{pick(b.sentence)}</p>
          {b.relaxations.length > 0 && (
            <>
              <p className="mut">{m.relax}</p>
              <ul className="bullets">
                {b.relaxations.map((r) => (
                  <li key={r.zh}>{pick(r)}</li>
                ))}
              </ul>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Strata({ of }: { of: Found }) {
  const recusals = Object.entries(of.recusals);
  return (
    <>
      <table className="tbl cards mid">
        <thead>
          <tr>
            <th scope="col">{m.kind}</th>
            <th scope="col" className="r">
              {m.seats}
            </th>
            <th scope="col" className="r">
              {m.reserves}
            </th>
            <th scope="col" className="r">
              {m.pool}
            </th>
            <th scope="col" className="r">
              {m.eligible}
            </th>
            <th scope="col">{m.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {of.strata.map((s) => {
            const enough = s.eligible >= s.seats + s.reserves_needed;
            const Icon = enough ? IconCircleCheck : IconAlertTriangle;
            return (
              <tr key={s.kind}>
                <th scope="row">{m.kinds[s.kind] ?? s.kind}</th>
                <td className="r num" data-l={m.seats}>
                  <span>{s.seats}</span>
                </td>
                <td className="r num" data-l={m.reserves}>
                  <span>{s.reserves_needed}</span>
                </td>
                <td className="r num" data-l={m.pool}>
                  <span>{s.pool}</span>
                </td>
                <td className="r num b" data-l={m.eligible}>
                  <span>{s.eligible}</span>
                </td>
                <td className={enough ? 't-ok nw' : 't-warn nw'}>
                  <Icon className="i" aria-hidden /> {enough ? m.enough : m.short}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div className="pb stack3 sm">
        {recusals.length > 0 && (
          <dl className="kv">
            {recusals.map(([reason, count]) => (
              <div key={reason} className="pairline">
                <dt>{m.recusals[reason] ?? reason}</dt>
                <dd className="num">{m.people(count)}</dd>
              </div>
            ))}
          </dl>
        )}
        <p className="mut">{m.feasibleAbout}</p>
      </div>
    </>
  );
}
