/** The editor's three lists: indicators, criteria, milestones. */
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { inPassing } from '@/shared/i18n';
import { grouped, parseYuan } from '@/shared/lib/money';
import { Button, Choice, Panel, Parsed, TextField } from '@/shared/ui';
import { m } from './messages';
import { type Criterion, DECIMAL, freshCode, type Indicator, type Milestone, type Text } from './work';

type Kind = 'indicators' | 'criteria' | 'milestones';
const whole = (most: number) => (text: string) =>
  /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : undefined;

function List<R extends { code: string }>({
  kind,
  rows,
  fresh,
  fixed,
  note,
  onRows,
  children,
}: {
  kind: Kind;
  rows: R[];
  fresh: (code: string) => R;
  fixed: boolean;
  note?: string;
  onRows: (rows: R[]) => void;
  children: (row: R, set: (change: Partial<R>) => void, at: string) => ReactNode;
}) {
  return (
    <div id={kind} tabIndex={-1}>
      <Panel title={m[kind]}>
        <div className="stack4">
          {rows.map((row, i) => (
            <fieldset key={row.code} className="line-item">
              <legend className="b">{m.nth[kind](i + 1)}</legend>
              <div className="cols">
                {children(
                  row,
                  (change) => onRows(rows.map((r) => (r.code === row.code ? { ...r, ...change } : r))),
                  `${kind}-${i}`,
                )}
              </div>
              {!fixed && (
                <Button
                  size="small"
                  look="quiet"
                  aria-label={`${m.remove} ${m.nth[kind](i + 1)}`}
                  onClick={() => onRows(rows.filter((r) => r.code !== row.code))}
                >
                  {m.remove}
                </Button>
              )}
            </fieldset>
          ))}
          {note && <p className="mut sm">{note}</p>}
          {!fixed && (
            <Button onClick={() => onRows([...rows, fresh(freshCode(kind[0]!, rows))])}>
              <IconPlus className="i" aria-hidden />
              {m.add[kind]}
            </Button>
          )}
        </div>
      </Panel>
    </div>
  );
}

function Both({
  id,
  label,
  value,
  fixed,
  onText,
}: {
  id: string;
  label: string;
  value: Text;
  fixed: boolean;
  onText: (text: Text) => void;
}) {
  return (
    <>
      <TextField
        id={`${id}-zh`}
        lang="zh-CN"
        label={inPassing(label, m.zh)}
        readOnly={fixed}
        value={value.zh ?? ''}
        onChange={(e) => onText({ ...value, zh: e.target.value })}
      />
      <TextField
        id={`${id}-en`}
        lang="en"
        label={inPassing(label, m.en)}
        readOnly={fixed}
        value={value.en ?? ''}
        onChange={(e) => onText({ ...value, en: e.target.value })}
      />
    </>
  );
}

export function Indicators({
  rows,
  fixed,
  onRows,
}: {
  rows: Indicator[];
  fixed: boolean;
  onRows: (rows: Indicator[]) => void;
}) {
  return (
    <List
      kind="indicators"
      rows={rows}
      fixed={fixed}
      onRows={onRows}
      fresh={(code): Indicator => ({ code, name: {}, unit: '', comparator: '>=', threshold: '0', method: {} })}
    >
      {(row, set, at) => (
        <>
          <Both id={`${at}-name`} label={m.name} value={row.name} fixed={fixed} onText={(name) => set({ name })} />
          <Choice
            label={m.comparator}
            disabled={fixed}
            value={row.comparator}
            onChange={(e) => set({ comparator: e.target.value as Indicator['comparator'] })}
          >
            <option value=">=">≥</option>
            <option value="<=">≤</option>
            <option value="==">=</option>
          </Choice>
          <div className="cols">
            <Parsed
              id={`${at}-threshold`}
              label={m.threshold}
              inputMode="decimal"
              readOnly={fixed}
              value={row.threshold}
              show={(v) => v}
              parse={(t) => (DECIMAL.test(t) ? t : undefined)}
              wrong={m.badAmount}
              onValue={(v) => set({ threshold: v ?? '0' })}
            />
            <TextField
              label={m.unit}
              maxLength={40}
              readOnly={fixed}
              value={row.unit}
              onChange={(e) => set({ unit: e.target.value })}
            />
          </div>
          <Both
            id={`${at}-method`}
            label={m.method}
            value={row.method}
            fixed={fixed}
            onText={(method) => set({ method })}
          />
        </>
      )}
    </List>
  );
}

export function Criteria({
  rows,
  fixed,
  onRows,
}: {
  rows: Criterion[];
  fixed: boolean;
  onRows: (rows: Criterion[]) => void;
}) {
  return (
    <List
      kind="criteria"
      rows={rows}
      fixed={fixed}
      onRows={onRows}
      note={m.criteriaSum(rows.reduce((sum, r) => sum + r.weight, 0))}
      fresh={(code) => ({ code, name: {}, weight: Math.max(1, 100 - rows.reduce((sum, r) => sum + r.weight, 0)) })}
    >
      {(row, set, at) => (
        <>
          <Both id={`${at}-name`} label={m.name} value={row.name} fixed={fixed} onText={(name) => set({ name })} />
          <Parsed
            id={`${at}-weight`}
            label={m.weight}
            inputMode="numeric"
            readOnly={fixed}
            value={row.weight}
            show={String}
            parse={(t) => whole(100)(t) || undefined}
            wrong={m.badAmount}
            onValue={(v) => set({ weight: v ?? 1 })}
          />
        </>
      )}
    </List>
  );
}

export function Milestones({
  rows,
  purse,
  show,
  fixed,
  onRows,
}: {
  rows: Milestone[];
  purse: number;
  show: (minor: number) => string;
  fixed: boolean;
  onRows: (rows: Milestone[]) => void;
}) {
  const sum = rows.reduce((total, r) => total + r.tranche_minor, 0);
  return (
    <List
      kind="milestones"
      rows={rows}
      fixed={fixed}
      onRows={onRows}
      note={m.milestonesSum(grouped(sum), grouped(purse))}
      fresh={(code) => ({ code, title: {}, months: 6, tranche_minor: Math.max(0, purse - sum), evidence: {} })}
    >
      {(row, set, at) => (
        <>
          <Both id={`${at}-title`} label={m.name} value={row.title} fixed={fixed} onText={(title) => set({ title })} />
          <Parsed
            id={`${at}-months`}
            label={m.months}
            inputMode="numeric"
            readOnly={fixed}
            value={row.months}
            show={String}
            parse={whole(120)}
            wrong={m.badAmount}
            onValue={(v) => set({ months: v ?? 0 })}
          />
          <Parsed
            id={`${at}-tranche`}
            label={m.tranche}
            inputMode="decimal"
            readOnly={fixed}
            value={row.tranche_minor}
            show={show}
            parse={(t) => parseYuan(t) ?? undefined}
            wrong={m.badAmount}
            onValue={(v) => set({ tranche_minor: v ?? 0 })}
          />
          <Both
            id={`${at}-evidence`}
            label={m.evidence}
            value={row.evidence}
            fixed={fixed}
            onText={(evidence) => set({ evidence })}
          />
        </>
      )}
    </List>
  );
}
