/** Where each proposal has a panel of its own: proposals × experts, every pair with its reasons. */
import { type ReactNode, useState } from 'react';
import { Button, Dialog, Panel } from '@/shared/ui';
import { m } from './messages';
import { type Called, Mark, Why } from './Result';
import { loads, type Report, rowOf, standing } from './standing';

type Pair = { unit: string; place: number };

export function Matrix({
  of,
  named,
  called,
  veil,
}: {
  of: Report;
  named: (unit: string) => string;
  called: Called;
  veil?: ReactNode;
}) {
  const [asked, setAsked] = useState<Pair | null>(null);
  const [all, setAll] = useState(false);
  const units = [...new Set(of.rows.map((r) => r.application_id ?? ''))];
  const total = loads(of);
  const drawn = of.seats.length > 0;
  const involved = of.roster.map((_, i) => i).filter((i) => all || of.roster[i]?.chances.some((c) => c > 0));
  const seats = (unit: string) => of.rows.filter((r) => r.application_id === unit).reduce((n, r) => n + r.seats, 0);
  const filled = (unit: string) => of.seats.filter((s) => of.rows[s.row]?.application_id === unit).length;
  const stand = ({ unit, place }: Pair) => {
    const who = of.roster[place];
    const row = who ? rowOf(of, unit, who.kind) : -1;
    return {
      stands: row < 0 ? ({ is: 'none' } as const) : standing(of, row, place),
      fit: who?.similarities[row] ?? null,
      chance: who?.chances[row] ?? 0,
      apart: row < 0,
    };
  };
  const found = asked && stand(asked);
  return (
    <Panel title={m.matrix} aside={veil} flush>
      <p className="pb mut sm">{m.matrixAbout}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get in */}
      {/* biome-ignore lint/a11y/useSemanticElements: a region within a panel, not a set of fields */}
      <div className="tw" tabIndex={0} role="group" aria-label={m.matrixScroll}>
        <table className="tbl mtx">
          <thead>
            <tr>
              <th scope="col">{m.proposal}</th>
              {involved.map((i) => (
                <th key={of.roster[i]?.expert_id} scope="col">
                  <b>{called(i)}</b>
                  <small>{m.kinds[of.roster[i]?.kind ?? '']}</small>
                </th>
              ))}
              <th scope="col" className="r">
                {m.seats}
              </th>
            </tr>
          </thead>
          <tbody>
            {units.map((unit) => (
              <tr key={unit}>
                <th scope="row">
                  <span className="mono">{named(unit)}</span>
                </th>
                {involved.map((place) => {
                  const { stands, apart } = stand({ unit, place });
                  return (
                    <td key={of.roster[place]?.expert_id}>
                      {apart ? (
                        <span className="dim">—</span>
                      ) : (
                        <button type="button" className="cell" onClick={() => setAsked({ unit, place })}>
                          <span className="vh">{m.pair(called(place), named(unit))} </span>
                          <Mark of={stands} drawn={drawn} />
                        </button>
                      )}
                    </td>
                  );
                })}
                <td className="r num nw">{m.loadOf(filled(unit), seats(unit))}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{m.load}</th>
              {involved.map((i) => (
                <td key={of.roster[i]?.expert_id} className="num nw">
                  {m.loadOf(total[i] ?? 0, of.roster[i]?.cap ?? 0)}
                </td>
              ))}
              <td />
            </tr>
          </tfoot>
        </table>
      </div>
      {!all && involved.length < of.roster.length && (
        <p className="pb">
          <Button onClick={() => setAll(true)}>{m.showAll(of.roster.length)}</Button>
        </p>
      )}
      <Dialog
        title={asked ? m.pair(called(asked.place), named(asked.unit)) : ''}
        opened={asked !== null}
        onClose={() => setAsked(null)}
      >
        {found && (
          <div className="stack4">
            <p>
              <Mark of={found.stands} drawn={drawn} />
            </p>
            <p>
              <Why of={found.stands} fit={found.fit} chance={found.chance} />
            </p>
            <p>
              <Button onClick={() => setAsked(null)}>{m.close}</Button>
            </p>
          </div>
        )}
      </Dialog>
    </Panel>
  );
}
