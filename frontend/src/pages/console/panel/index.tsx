import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconEyeOff,
  IconLoader,
  IconMail,
  IconMinus,
  IconPlayerPause,
  IconUserOff,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Ask } from '@/features/cycle/Ask';
import { type Cycle, CycleFrame, cyclePath, Rule } from '@/features/cycle/Frame';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { now } from '@/shared/lib/time';
import { beijingDay } from '@/shared/lib/workingDays';
import { Button, Day, Empty, Lines, Meter, Notice, Panel, Show } from '@/shared/ui';
import { type CellState, matrix, overdue, owes, type Row, shortly, vacant } from './matrix';
import { m } from './messages';
import './style.css';

type Seat = Answer<'/api/v1/officer/topics/{topic_id}/panel'>[number];
const WHILE_REVIEWED = 30_000;
const icons = {
  submitted: IconCircleCheck,
  owed: IconCircleDashed,
  offered: IconMail,
  making: IconLoader,
  held: IconPlayerPause,
  recused: IconUserOff,
  declined: IconMinus,
  none: IconMinus,
} satisfies Record<CellState, unknown>;

/** Experts by applications: what is in, who owes what, offers that lapse. */
export default function PanelPage() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/panel' });
  return (
    <CycleFrame topicId={topicId} page="panel">
      {(cycle) => <Seats cycle={cycle} />}
    </CycleFrame>
  );
}

function Seats({ cycle }: { cycle: Cycle }) {
  const { topic } = cycle;
  const path = { path: { topic_id: topic.id } };
  const seats = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/panel', path),
    refetchInterval: topic.state === 'reviewing' ? WHILE_REVIEWED : false,
  });
  const copies = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/blind-copies', path),
    refetchInterval: topic.state === 'reviewing' ? WHILE_REVIEWED : false,
  });
  const rules = useQuery(read('/api/v1/topics/{topic_id}', path));
  const grey = <Lines rows={6} height={88} />;
  return (
    <Show of={seats} loading={grey}>
      {(found) => {
        const all = [...found].sort((a, b) => a.n - b.n);
        return all.length === 0 ? (
          <Empty
            action={
              <Link className="btn" to={cyclePath(topic.id, 'draws')}>
                {m.toDraw}
              </Link>
            }
          >
            {m.notYet}
          </Empty>
        ) : (
          <Show of={copies} loading={grey}>
            {(made) => (
              <Show of={rules} loading={grey}>
                {({ rules: by }) => (
                  <>
                    {by.draw?.mode !== 'proposal' &&
                      topic.state === 'reviewing' &&
                      vacant(all, by.panel).map(({ kind, open }) => (
                        <Notice
                          key={kind}
                          tone="warn"
                          title={m.vacant(m.kinds[kind as keyof typeof m.kinds] ?? kind, open)}
                          actions={
                            <Link className="btn s" to={cyclePath(topic.id, 'draws')}>
                              {m.toDraw}
                            </Link>
                          }
                        >
                          {m.vacantBody}
                        </Notice>
                      ))}
                    <Matrix
                      topicId={topic.id}
                      seats={all}
                      rows={matrix(all, made, beijingDay(now()))}
                      quorum={by.min_valid_reviews}
                    />
                    <Owed cycle={cycle} seats={all} />
                  </>
                )}
              </Show>
            )}
          </Show>
        );
      }}
    </Show>
  );
}

function Matrix({
  topicId,
  seats,
  rows,
  quorum,
}: {
  topicId: string;
  seats: readonly Seat[];
  rows: readonly Row[];
  quorum: number;
}) {
  const [named, setNamed] = useState(false);
  const active = seats.filter((seat) => seat.status !== 'declined').length;
  const submitted = rows.reduce((sum, row) => sum + row.valid, 0);
  const wanted = seats.reduce((sum, seat) => sum + (seat.status === 'declined' ? 0 : seat.proposals), 0);
  return (
    <Panel
      title={m.matrix}
      aside={
        <span className="row">
          {!named && (
            <span className="badge seal">
              <IconEyeOff className="i" aria-hidden />
              {m.hidden}
            </span>
          )}
          <Button size="small" look="quiet" aria-pressed={named} onClick={() => setNamed(!named)}>
            {named ? m.hide : m.show}
          </Button>
        </span>
      }
      footer={<p className="mut sm">{named ? m.shown : m.group}</p>}
    >
      <div className="stack4">
        <p className="row sp">
          <span>{m.progress}</span>
          <span className="num">{m.progressOf(submitted, wanted)}</span>
        </p>
        <Meter value={submitted} of={wanted} label={m.progress} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <section className="tw" aria-label={m.table} tabIndex={0}>
          <table className="matrix">
            <thead>
              <tr>
                <th scope="col">{m.proposal}</th>
                {seats.map((seat) => (
                  <th scope="col" key={seat.assignment_id}>
                    {m.expert(seat.n)}
                    <small>
                      {m.kinds[seat.kind]}
                      {seat.draw_n > 1 && ` · ${m.round(seat.draw_n)}`}
                    </small>
                    {named && (
                      <span className="who xs">
                        {seat.person_name}
                        <br />
                        {pick({ zh: seat.org_name, en: seat.org_name_en })}
                      </span>
                    )}
                  </th>
                ))}
                <th scope="col">{m.valid}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.application_id}>
                  <th scope="row">
                    <Link
                      className="mono"
                      title={row.receipt_no}
                      to="/desk/topics/$topicId/applications/$applicationId"
                      params={{ topicId, applicationId: row.application_id }}
                    >
                      {shortly(row.receipt_no)}
                    </Link>
                  </th>
                  {row.cells.map((cell) => {
                    const Icon = cell.overdue ? IconClockExclamation : icons[cell.state];
                    return (
                      <td key={cell.assignment_id}>
                        <span className={`cell ${cell.overdue ? 'late' : cell.state}`}>
                          <Icon className="i" aria-hidden />
                          {m.cells[cell.state]}
                          {cell.overdue && ` · ${m.late}`}
                        </span>
                      </td>
                    );
                  })}
                  <td className="num">
                    <b>{m.of(row.valid, active)}</b>{' '}
                    {row.valid < quorum && (
                      <IconAlertTriangle className="i t-warn" role="img" aria-label={m.few(quorum)} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{m.load}</th>
                {seats.map((seat) => (
                  <td key={seat.assignment_id} className="num">
                    {seat.status === 'declined' ? 0 : seat.proposals}
                  </td>
                ))}
                <td />
              </tr>
            </tfoot>
          </table>
        </section>
        {rows.some((row) => row.valid < quorum) && (
          <p className="t-warn sm">
            <IconAlertTriangle className="i" aria-hidden /> {m.few(quorum)}
          </p>
        )}
      </div>
    </Panel>
  );
}

function Owed({ cycle, seats }: { cycle: Cycle; seats: readonly Seat[] }) {
  const today = beijingDay(now());
  const right = cycle.right('panel.draw');
  const owing = seats
    .filter((seat) => owes(seat) > 0)
    .sort((a, b) => Number(overdue(b, today)) - Number(overdue(a, today)) || a.due_on.localeCompare(b.due_on));
  const given = seats.filter((seat) => seat.status === 'declined');
  const unanswered = owing.some((seat) => seat.status === 'offered');
  return (
    <Panel title={m.owed} aside={<span className="mut">{m.owedN(owing.reduce((sum, s) => sum + owes(s), 0))}</span>}>
      <div className="stack4">
        {owing.length === 0 ? (
          <p className="row sp">
            {m.nobody}
            {cycle.topic.state === 'reviewing' && (
              <Link className="btn p" to={cyclePath(cycle.topic.id, 'scores')}>
                {m.toScores}
              </Link>
            )}
          </p>
        ) : (
          <ul className="owed-list">
            {owing.map((seat) => (
              <Debt
                key={seat.assignment_id}
                seat={seat}
                label={m.expert(seat.n)}
                late={overdue(seat, today)}
                may={right?.allowed ?? false}
              />
            ))}
          </ul>
        )}
        {unanswered && (
          <>
            <h3>{m.rule}</h3>
            <Rule right={right} when={m.when} follows={m.follows} />
          </>
        )}
        {given.length > 0 && (
          <>
            <h3>{m.given}</h3>
            <ul className="bullets">
              {given.map((seat) => (
                <li key={seat.assignment_id}>
                  <b>{m.expert(seat.n)}</b> {m.kinds[seat.kind]} ·{' '}
                  {m.reasons[seat.decline_reason as keyof typeof m.reasons] ?? seat.decline_reason}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Panel>
  );
}

function Debt({ seat, label, late, may }: { seat: Seat; label: string; late: boolean; may: boolean }) {
  const deed = useDeed((_: undefined) =>
    call('post', '/api/v1/officer/assignments/{assignment_id}/lapse', { path: { assignment_id: seat.assignment_id } }),
  );
  const unanswered = seat.status === 'offered';
  return (
    <li className="row sp">
      <span>
        <b>{label}</b> {m.kinds[seat.kind]} · {unanswered ? m.awaits : m.owes(owes(seat))}{' '}
        {late && (
          <span className="t-danger b nw">
            <IconClockExclamation className="i" aria-hidden /> {m.late}
          </span>
        )}
        <span className="mut sm">
          <br />
          {m.since} <Day date={seat.offered_on} /> ·{' '}
          {unanswered ? (
            <>
              {m.answerBy} <Day date={seat.answer_by} />
            </>
          ) : (
            <>
              {m.dueOn} <Day date={seat.due_on} />
            </>
          )}
        </span>
      </span>
      {unanswered && late && may && (
        <Ask label={m.lapse} name={m.lapseOf(label)} sure={m.lapseSure} look="danger" size="small" deed={deed}>
          <p>{m.lapseBody}</p>
        </Ask>
      )}
    </li>
  );
}
