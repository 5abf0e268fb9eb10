/** A frozen or finished draw: who was drawn and why, who comes next, everybody's chance, the proof. */
import {
  IconCircleCheck,
  IconCopy,
  IconDownload,
  IconEye,
  IconEyeOff,
  IconListNumbers,
  IconMinus,
  IconUserOff,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode, useState } from 'react';
import type { DeskTopic } from '@/features/cycle/Frame';
import { read } from '@/shared/api';
import { english, pick } from '@/shared/i18n';
import { Button, Choice, Lines, Meter, Panel, Show } from '@/shared/ui';
import type { Draw } from './index';
import { Matrix } from './Matrix';
import { m } from './messages';
import { loads, ordered, percent, type Report, rowOf, type Standing, standing } from './standing';

const FIRST = 20;
const MILLION = 1_000_000;
const THOUSAND = 1_000;

/** Experts by their place in the public record, or by name once somebody asks for names. */
export type Called = (place: number) => string;

/** Proposals by the end of their receipt's number: nobody's name is in it. */
function useNamed(topicId: string, apart: boolean) {
  const opened = useQuery({
    ...read('/api/v1/topics/{topic_id}/applications', { path: { topic_id: topicId }, query: { limit: 100 } }),
    enabled: apart,
  });
  const receipts = new Map(opened.data?.items.map((a) => [a.application_id, a.receipt_no.split('-').at(-1)]));
  return (unit: string) => receipts.get(unit) ?? unit.slice(0, 8);
}

export function Result({ topic, draw }: { topic: DeskTopic; draw: Draw }) {
  const query = read('/api/v1/officer/draws/{draw_id}', { path: { draw_id: draw.id } });
  // Frozen chances and drawn seats never change: one reading of each.
  const report = useQuery({
    ...query,
    queryKey: [...query.queryKey, draw.status] as never,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [open, setOpen] = useState(false);
  const named = useNamed(topic.id, report.data?.mode === 'proposal');
  return (
    <Show of={report} loading={<Lines rows={12} height={88} />}>
      {(data) => {
        const of = data as Report;
        const called: Called = (place) => (open ? of.roster[place]?.person_name || `E${place + 1}` : `E${place + 1}`);
        const veil = (
          <span className="row">
            <span className={`badge ${open ? 'warn' : 'seal'}`}>
              {open ? <IconEye className="i" aria-hidden /> : <IconEyeOff className="i" aria-hidden />}
              {open ? m.shown : m.hidden}
            </span>
            <Button size="small" look="quiet" aria-pressed={open} onClick={() => setOpen(!open)}>
              {open ? m.hide : m.names}
            </Button>
          </span>
        );
        const drawn = of.seats.length > 0;
        return (
          <>
            {drawn && <Seats of={of} named={named} called={called} open={open} veil={veil} />}
            {of.mode === 'topic' ? (
              <Roster of={of} called={called} open={open} veil={drawn ? undefined : veil} />
            ) : (
              <Matrix of={of} named={named} called={called} veil={drawn ? undefined : veil} />
            )}
            <Proof of={of} topic={topic} draw={draw} />
          </>
        );
      }}
    </Show>
  );
}

function Seats({
  of,
  named,
  called,
  open,
  veil,
}: {
  of: Report;
  named: (unit: string) => string;
  called: Called;
  open: boolean;
  veil: ReactNode;
}) {
  const place = new Map(of.roster.map((e, i) => [e.expert_id, i]));
  const total = loads(of);
  const people = [...new Set(of.seats.map((s) => s.expert_id))].map((id) => place.get(id) ?? 0);
  return (
    <Panel title={m.panel} aside={veil} flush>
      <table className="tbl cards mid">
        <thead>
          <tr>
            <th scope="col">{m.expert}</th>
            <th scope="col">{m.kind}</th>
            {open && <th scope="col">{m.org}</th>}
            <th scope="col" className="r">
              {m.load}
            </th>
            <th scope="col">{of.mode === 'topic' ? m.why : m.judges}</th>
          </tr>
        </thead>
        <tbody>
          {people.map((i) => {
            const who = of.roster[i];
            const seats = of.seats.filter((s) => s.expert_id === who?.expert_id);
            return (
              who && (
                <tr key={who.expert_id}>
                  <th scope="row">
                    <span className="nw">{called(i)}</span>
                  </th>
                  <td data-l={m.kind}>
                    <span className="nw">{m.kinds[who.kind] ?? who.kind}</span>
                  </td>
                  {open && (
                    <td data-l={m.org}>
                      <span>{pick({ zh: who.org_name, en: who.org_name_en })}</span>
                    </td>
                  )}
                  <td className="r num nw" data-l={m.load}>
                    <span>{m.loadOf(total[i] ?? 0, who.cap)}</span>
                  </td>
                  {of.mode === 'topic' ? (
                    <td data-l={m.why}>
                      <span>{pick(seats[0]?.reason)}</span>
                    </td>
                  ) : (
                    <td data-l={m.judges} className="mono wrap-text">
                      <span>{seats.map((s) => named(of.rows[s.row]?.application_id ?? '')).join(' · ')}</span>
                    </td>
                  )}
                </tr>
              )
            );
          })}
        </tbody>
      </table>
      {of.mode === 'topic' && (
        <div className="pb stack3">
          <h3>{m.line}</h3>
          <p className="mut sm">{m.lineAbout}</p>
          <dl className="kv">
            {of.rows.map((row, r) => {
              const order = (of.reserves[r] ?? []).map((id) => called(place.get(id) ?? 0));
              return (
                <div key={row.kind} className="pairline">
                  <dt>{m.kinds[row.kind] ?? row.kind}</dt>
                  <dd>
                    {order.length === 0 ? (
                      <span className="t-warn">{m.noReserves}</span>
                    ) : (
                      <ol className="inline">
                        {order.slice(0, FIRST).map((name) => (
                          <li key={name}>{name}</li>
                        ))}
                        {order.length > FIRST && <li className="mut">{m.more(order.length - FIRST)}</li>}
                      </ol>
                    )}
                  </dd>
                </div>
              );
            })}
          </dl>
        </div>
      )}
    </Panel>
  );
}

function Roster({ of, called, open, veil }: { of: Report; called: Called; open: boolean; veil?: ReactNode }) {
  const [kind, setKind] = useState('');
  const [all, setAll] = useState(false);
  const found = ordered(of, null).filter((i) => !kind || of.roster[i]?.kind === kind);
  const shown = all ? found : found.slice(0, FIRST);
  const drawn = of.seats.length > 0;
  return (
    <Panel title={m.roster} aside={veil} flush>
      <div className="pb stack3">
        <p className="mut sm">{m.rosterAbout}</p>
        <div className="narrow">
          <Choice label={m.showKind} value={kind} onChange={(e) => setKind(e.target.value)}>
            <option value="">{m.all}</option>
            {of.rows.map((r) => (
              <option key={r.kind} value={r.kind}>
                {m.kinds[r.kind] ?? r.kind}
              </option>
            ))}
          </Choice>
        </div>
      </div>
      <table className="tbl cards mid dense">
        <thead>
          <tr>
            <th scope="col">{m.expert}</th>
            <th scope="col">{m.kind}</th>
            {open && <th scope="col">{m.org}</th>}
            <th scope="col" className="r">
              {m.fit}
            </th>
            <th scope="col" className="chance">
              {m.chance}
            </th>
            <th scope="col">{m.outcome}</th>
            <th scope="col">{m.why}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((i) => {
            const who = of.roster[i];
            if (!who) return null;
            const row = rowOf(of, null, who.kind);
            const chance = who.chances[row] ?? 0;
            const fit = who.similarities[row] ?? null;
            const stands = standing(of, row, i);
            return (
              <tr key={who.expert_id}>
                <th scope="row">
                  <span className="nw">{called(i)}</span>
                </th>
                <td data-l={m.kind}>
                  <span className="nw">{m.kinds[who.kind] ?? who.kind}</span>
                </td>
                {open && (
                  <td data-l={m.org}>
                    <span>{pick({ zh: who.org_name, en: who.org_name_en })}</span>
                  </td>
                )}
                <td className="r num" data-l={m.fit}>
                  <span className="nw">{fit === null ? '—' : percent(fit, MILLION)}</span>
                </td>
                <td className="num chance" data-l={m.chance}>
                  <span className="withbar">
                    <span>{percent(chance, THOUSAND)}</span>
                    <Meter value={chance} of={THOUSAND} label={`${called(i)} ${m.chance}`} />
                  </span>
                </td>
                <td data-l={m.outcome}>
                  <Mark of={stands} drawn={drawn} />
                </td>
                <td data-l={m.why} className="sm mut">
                  <span>
                    <Why of={stands} fit={fit} chance={chance} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {found.length > shown.length && (
        <p className="pb">
          <Button onClick={() => setAll(true)}>{m.showAll(found.length)}</Button>
        </p>
      )}
    </Panel>
  );
}

/** A standing as icon and word. */
export function Mark({ of, drawn }: { of: Standing; drawn: boolean }) {
  if (of.is === 'drawn')
    return (
      <span className="badge ok">
        <IconCircleCheck className="i" aria-hidden />
        {m.drawnWord}
      </span>
    );
  if (of.is === 'reserve')
    return (
      <span className="badge info">
        <IconListNumbers className="i" aria-hidden />
        {m.reserve(of.place)}
      </span>
    );
  if (of.is === 'recused' || of.is === 'barred')
    return (
      <span className="badge seal">
        <IconUserOff className="i" aria-hidden />
        {m.recused}
      </span>
    );
  return (
    <span className="badge neutral">
      <IconMinus className="i" aria-hidden />
      {drawn ? m.notDrawn : m.mayBe}
    </span>
  );
}

/** A standing's reasons, in words. */
export function Why({ of, fit, chance }: { of: Standing; fit: number | null; chance: number }) {
  const stop = english ? '; ' : '；';
  if (of.is === 'drawn') return <>{pick(of.reason)}</>;
  if (of.is === 'recused') return <>{m.reasonsOut + of.reasons.map((r) => m.recusals[r] ?? r).join(stop)}</>;
  if (of.is === 'barred' || fit === null) return <>{m.reasonBarred}</>;
  if (chance === 0 && of.is === 'none') return <>{m.reasonNone}</>;
  return <>{m.reasonChance(percent(fit, MILLION), percent(chance, THOUSAND))}</>;
}

function Proof({ of, topic, draw }: { of: Report; topic: DeskTopic; draw: Draw }) {
  const { certificate } = of;
  const sum = (value: number) =>
    (value / MILLION / THOUSAND).toLocaleString(english ? 'en' : 'zh-CN', {
      minimumFractionDigits: 4,
      maximumFractionDigits: 4,
    });
  const file = `${topic.code}-draw-${draw.n}.json`;
  const lists = `${topic.code}-commitments.json`;
  const out = of.roster.filter((e) => e.recusals.length > 0).length;
  const gap = certificate.best > 0 ? (100 * (certificate.best - certificate.objective)) / certificate.best : 0;
  const lines: [string, string][] = [
    [m.size, m.sizeOf(of.roster.length, out)],
    [m.objective, sum(certificate.objective)],
    [m.best, sum(certificate.best)],
    [m.bound, sum(certificate.bound)],
    [m.gap, m.gapOf(gap.toFixed(2))],
    [m.cap, percent(of.chance_cap, THOUSAND)],
    [m.over, of.over === 0 ? m.overNone : m.overSome(of.over)],
  ];
  const base = `/api/v1/topics/${topic.id}`;
  return (
    <div className="cols">
      <Panel title={m.proof}>
        <div className="stack3">
          <p className="mut sm">{m.proofAbout}</p>
          <dl className="kv num">
            {lines.map(([label, value]) => (
              <Fragment key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </Fragment>
            ))}
          </dl>
        </div>
      </Panel>
      {draw.status === 'drawn' && (
        <Panel title={m.verify}>
          <div className="stack3">
            <p className="row">
              <a className="btn" href={`/api/v1/officer/draws/${draw.id}/export`} download={file}>
                <IconDownload className="i" aria-hidden />
                {m.exportFile}
              </a>
              <a className="btn" href={`${base}/draws/${draw.n}/record`} download={file}>
                <IconDownload className="i" aria-hidden />
                {m.record}
              </a>
            </p>
            <p className="mut sm">{m.exportAbout}</p>
            <p>{m.verifyAbout}</p>
            <Command text={`jiebang verify-draw ${file} --published ${lists}`} />
          </div>
        </Panel>
      )}
    </div>
  );
}

export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <p className="command">
      <code className="mono hash">{text}</code>
      <Button
        size="small"
        look="quiet"
        onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
      >
        <IconCopy className="i" aria-hidden />
        <span role="status">{copied ? m.copied : m.copy}</span>
      </Button>
    </p>
  );
}
