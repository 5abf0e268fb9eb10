import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { aliasOf } from '@/features/review/alias';
import { type Answer, call, read, useDeed } from '@/shared/api';
import { english, pick } from '@/shared/i18n';
import {
  BlindBadge,
  Button,
  Day,
  Dialog,
  Empty,
  ErrorSummary,
  NotFound,
  Notice,
  PageHead,
  Panel,
  Radios,
  Ready,
  Refusal,
  Show,
  StateBadge,
  Tick,
} from '@/shared/ui';
import { m } from './messages';

type Assignment = Answer<'/api/v1/review/assignments'>[number];
const LOOK_AGAIN = 3_000;
const REASONS = ['conflict', 'not_my_field', 'too_many', 'time'] as const;

const proposalsOf = (assignment: string) => read('/api/v1/review/applications', { query: { assignment } });

/** One place on a panel: the invitation and its declaration, then the proposals. */
export default function AssignmentPage() {
  const { assignmentId } = useParams({ from: '/work/review/assignments/$assignmentId' });
  const list = useQuery(read('/api/v1/review/assignments'));
  const seat = list.data?.find((a) => a.id === assignmentId);
  const working = seat !== undefined && !['offered', 'declined'].includes(seat.status);
  const proposals = useQuery({ ...proposalsOf(assignmentId), enabled: working });
  return (
    <Ready of={working ? [list, proposals] : [list]}>
      <Show of={list}>
        {(all) => {
          const one = all.find((a) => a.id === assignmentId);
          if (!one) return <NotFound />;
          return (
            <>
              <PageHead
                above={
                  <>
                    <BlindBadge />
                    <StateBadge group="review" state={one.status === 'accepted' ? 'working' : one.status} />
                  </>
                }
                title={pick(one.title)}
                sub={`${m.agency} ${pick(one.agency)}`}
              />
              <div className="two">
                <div className="stack4">
                  {one.status === 'offered' && <Declaration assignment={one} />}
                  {one.status === 'declined' && <Notice>{m.declined}</Notice>}
                  {!['offered', 'declined'].includes(one.status) && <Proposals id={one.id} of={one.proposals} />}
                  <Panel title={m.problem}>
                    <p className="text prose">{pick(one.problem)}</p>
                  </Panel>
                </div>
                <Panel>
                  <dl className="kv">
                    <dt>{m.load}</dt>
                    <dd>{m.loadN(one.proposals)}</dd>
                    <dt>{m.answerBy}</dt>
                    <dd>
                      <Day date={one.answer_by} />
                    </dd>
                    <dt>{m.due}</dt>
                    <dd>
                      <Day date={one.due_on} />
                    </dd>
                  </dl>
                </Panel>
              </div>
            </>
          );
        }}
      </Show>
    </Ready>
  );
}

function Declaration({ assignment }: { assignment: Assignment }) {
  const [ticked, setTicked] = useState(false);
  const [hint, setHint] = useState(false);
  const [declining, setDeclining] = useState(false);
  const [reason, setReason] = useState<(typeof REASONS)[number] | null>(null);
  const [reasonless, setReasonless] = useState(false);
  const answer = useDeed(
    (
      body: {
        decision: 'accept' | 'decline';
        no_conflict?: boolean;
        statement_sha256?: string;
        reason?: (typeof REASONS)[number];
      },
      key: string,
    ) =>
      call('post', '/api/v1/review/assignments/{assignment_id}/answer', {
        path: { assignment_id: assignment.id },
        body,
        version: assignment.version,
        key,
      }),
    () => setDeclining(false),
  );
  const { statement } = assignment;
  return (
    <Panel title={m.declare}>
      <div className="stack4">
        <p className="mut sm">{m.declareAbout}</p>
        <blockquote className="text prose">{english ? statement.en : statement.zh}</blockquote>
        <p className="mono hash dim sm">SHA-256 {statement.sha256}</p>
        <Tick
          id="declared"
          checked={ticked}
          onChange={(e) => {
            setTicked(e.target.checked);
            setHint(false);
          }}
        >
          {m.tick}
        </Tick>
        {hint && <ErrorSummary faults={[{ id: 'declared', text: m.tickFirst }]} />}
        {!declining && <Refusal error={answer.error} />}
        <p className="row">
          <Button
            look="primary"
            busy={answer.isPending}
            onClick={() =>
              ticked
                ? answer.mutate({ decision: 'accept', no_conflict: true, statement_sha256: statement.sha256 })
                : setHint(true)
            }
          >
            {m.accept}
          </Button>
          <Button onClick={() => setDeclining(true)}>{m.decline}</Button>
        </p>
        <Dialog title={m.decline} opened={declining} onClose={() => setDeclining(false)}>
          <div className="stack4">
            <Radios
              legend={m.reason}
              name="reason"
              value={reason}
              onChange={setReason}
              options={REASONS.map((r) => ({ value: r, label: m.reasons[r] }))}
            />
            <Refusal error={answer.error} />
            {reasonless && !reason && (
              <Notice tone="danger" live="alert">
                {m.reasonFirst}
              </Notice>
            )}
            <p className="row">
              <Button
                look="danger"
                busy={answer.isPending}
                onClick={() => (reason ? answer.mutate({ decision: 'decline', reason }) : setReasonless(true))}
              >
                {m.sure}
              </Button>
              <Button onClick={() => setDeclining(false)}>{m.cancel}</Button>
            </p>
          </div>
        </Dialog>
      </div>
    </Panel>
  );
}

/** The proposals whose blind copies are there; it looks again until all `of` them are. */
function Proposals({ id, of }: { id: string; of: number }) {
  const list = useQuery({
    ...proposalsOf(id),
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) < of ? LOOK_AGAIN : false),
  });
  return (
    <Panel title={m.proposals} flush>
      <Show of={list}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>{m.none}</Empty>
          ) : (
            <>
              <div className="pb mut sm">
                <p>{m.about}</p>
                <p role="status">{rows.length < of && m.some(of - rows.length)}</p>
              </div>
              <table className="tbl cards g mid">
                <thead>
                  <tr>
                    <th scope="col">{m.alias}</th>
                    <th scope="col">{m.state}</th>
                    <th scope="col">{m.pages}</th>
                    <th scope="col">
                      <span className="vh">{m.review}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((p) => (
                    <tr key={p.id}>
                      <th scope="row" className="mono">
                        {aliasOf(p.alias)}
                        {p.panel_code !== null && <span className="mut sm"> {m.code(aliasOf(p.panel_code))}</span>}
                      </th>
                      <td className="st">
                        <StateBadge group="review" state={p.review_status ?? 'accepted'} />
                      </td>
                      <td data-l={m.pages}>
                        <span>{p.file_pages}</span>
                      </td>
                      <td className="r">
                        <Link
                          className="btn s"
                          to="/review/proposals/$proposalId"
                          params={{ proposalId: p.id }}
                          aria-label={`${m.review} ${aliasOf(p.alias)}`}
                        >
                          {m.review}
                        </Link>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )
        }
      </Show>
    </Panel>
  );
}
