import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type KeyboardEvent as Press, useEffect, useState } from 'react';
import { aliasOf } from '@/features/review/alias';
import { type Answer, call, queryClient, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { useDraft } from '@/shared/lib/useDraft';
import {
  BlindBadge,
  Button,
  Conflict,
  Day,
  Dialog,
  ErrorSummary,
  Lines,
  Meter,
  Notice,
  PageHead,
  Panel,
  Ready,
  Refusal,
  SavedStamp,
  StateBadge,
  Tick,
} from '@/shared/ui';
import { Criteria } from './Criteria';
import { m } from './messages';
import { Pdf } from './Pdf';
import { keyed, missing, type Scores, total } from './rubric';
import './style.css';

type Proposal = Answer<'/api/v1/review/applications/{proposal_id}'>;
const PATH = '/api/v1/review/applications/{proposal_id}';
const PANES = ['pdf', 'rub'] as const;

const neighboursOf = (assignment: string) => read('/api/v1/review/applications', { query: { assignment } });

/** One proposal under its alias: the blind copy, and the rubric beside it. */
export default function ProposalPage() {
  const { proposalId } = useParams({ from: '/work/review/proposals/$proposalId' });
  const proposal = useQuery(read(PATH, { path: { proposal_id: proposalId } }));
  const seats = useQuery(read('/api/v1/review/assignments'));
  const neighbours = useQuery({
    ...neighboursOf(proposal.data?.assignment_id ?? ''),
    enabled: proposal.data !== undefined,
  });
  return (
    <Ready of={[proposal, seats, neighbours]} loading={<Lines rows={8} height={88} />}>
      {proposal.data && <Review key={proposal.data.id} proposal={proposal.data} />}
    </Ready>
  );
}

function Review({ proposal }: { proposal: Proposal }) {
  const session = useSession();
  const { criteria } = proposal;
  const fixed = proposal.review_status === 'submitted' || proposal.review_status === 'locked';
  const query = read(PATH, { path: { proposal_id: proposal.id } });
  const draft = useDraft<Scores>({
    value: { scores: proposal.scores, comments: proposal.comments },
    version: proposal.version,
    load: async () => {
      const { scores, comments, version } = await queryClient.fetchQuery({ ...query, staleTime: 0 });
      return { value: { scores, comments }, version };
    },
    copyKey: `jiebang.review.${proposal.id}.${session.data?.person_id}`,
    save: async (value, version) => {
      const saved = await call('put', `${PATH}/review`, { path: { proposal_id: proposal.id }, body: value, version });
      const { status: review_status, scores, comments } = saved;
      queryClient.setQueryData(
        query.queryKey,
        (before) => before && { ...before, version: saved.version, review_status, scores, comments },
      );
      return saved.version;
    },
  });
  const given = fixed ? { scores: proposal.scores, comments: proposal.comments } : draft.value;
  const narrow = useMediaQuery('(max-width: 1000px)', false, { getInitialValueInEffect: false });
  const [pane, setPane] = useState<(typeof PANES)[number]>('pdf');
  const [marked, setMarked] = useState(0);
  const [keys, setKeys] = useState(true);
  const [tries, setTries] = useState(0);
  const [asking, setAsking] = useState(false);
  const faults = tries > 0 && !fixed ? missing(criteria, given, proposal.comment_min) : [];
  const submit = useDeed(
    (_: undefined, key: string) =>
      call('post', `${PATH}/review/submit`, {
        path: { proposal_id: proposal.id },
        version: queryClient.getQueryData(query.queryKey)?.version ?? proposal.version,
        key,
      }),
    () => setAsking(false),
  );
  const score = (code: string, n: number | undefined) =>
    draft.change((before) => {
      const { [code]: _, ...others } = before.scores;
      return { ...before, scores: n === undefined ? others : { ...others, [code]: n } };
    });
  const comment = (code: string, text: string) =>
    draft.change((before) => ({ ...before, comments: { ...before.comments, [code]: text } }));
  const check = async () => {
    setPane('rub');
    if (missing(criteria, given, proposal.comment_min).length > 0) setTries((n) => n + 1);
    else if (await draft.flush()) setAsking(true); // what is not saved cannot be submitted; the stamp says why
  };
  useEffect(() => {
    if (fixed || asking) return;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
        event.preventDefault();
        void check();
        return;
      }
      const criterion = criteria[marked];
      const n = keys && criterion ? keyed(event, event.target, criterion.score_max) : null;
      if (n !== null && criterion) {
        event.preventDefault();
        score(criterion.code, n);
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  const sum = total(criteria, given.scores);
  const panel = (p: (typeof PANES)[number]) =>
    narrow
      ? { id: `pane-${p}`, role: 'tabpanel', 'aria-labelledby': `tab-${p}`, hidden: pane !== p }
      : { id: `pane-${p}` };
  return (
    <>
      <PageHead
        above={
          <>
            <BlindBadge />
            <StateBadge group="review" state={proposal.review_status ?? 'accepted'} />
            <SavedStamp state={draft.state} />
          </>
        }
        title={aliasOf(proposal.alias)}
        sub={<Seat id={proposal.assignment_id} />}
      >
        <Neighbours proposal={proposal} />
      </PageHead>
      <Conflict draft={draft} lines={(scores) => linesOf(criteria, scores)} />
      {narrow && <Tabs pane={pane} onPane={setPane} />}
      <div className="rvg">
        <div {...panel('pdf')} className="stack4">
          <Pdf proposalId={proposal.id} />
          <Form answers={proposal.answers as Record<string, unknown>} />
        </div>
        <div {...panel('rub')} className="rub">
          <Panel title={m.rubric} aside={<span className="mut sm num">{m.count(sum.count, criteria.length)}</span>}>
            <div className="stack3">
              <p className="row sp" role="status">
                <span>
                  {m.total} <span className="mut sm">{m.scored(sum.share)}</span>
                </span>
                <span className="num">
                  <b className="lg">{sum.sum}</b> / 100
                </span>
              </p>
              <Meter value={sum.share} of={100} label={m.scored(sum.share)} />
              {fixed && (
                <Notice tone="ok" live="status">
                  {proposal.review_status === 'locked' ? m.locked : m.submitted}
                </Notice>
              )}
              <ErrorSummary key={tries} faults={faults} />
              <Criteria
                {...{ criteria, given, fixed, marked, faults }}
                least={proposal.comment_min}
                onMark={setMarked}
                onScore={score}
                onComment={comment}
              />
              {!fixed && (
                <>
                  <Tick checked={keys} onChange={(event) => setKeys(event.target.checked)}>
                    {m.keys(criteria[0]?.score_max ?? 100)}
                  </Tick>
                  <div className="fin row sp">
                    <span className="mut sm">
                      <span className="kbd">Ctrl+Enter</span> {m.shortcut}
                    </span>
                    <Button look="primary" size="large" onClick={() => void check()}>
                      {m.submit}
                    </Button>
                  </div>
                </>
              )}
            </div>
          </Panel>
        </div>
      </div>
      <Dialog title={m.submit} opened={asking} onClose={() => setAsking(false)}>
        <div className="stack4">
          <p>{m.sure(aliasOf(proposal.alias), sum.sum)}</p>
          <Refusal error={submit.error} />
          <p className="row">
            <Button look="primary" busy={submit.isPending} onClick={() => submit.mutate(undefined)}>
              {m.really}
            </Button>
            <Button onClick={() => setAsking(false)}>{m.cancel}</Button>
          </p>
        </div>
      </Dialog>
    </>
  );
}

/** A review in words, for comparing. */
function linesOf(criteria: Proposal['criteria'], { scores, comments }: Scores): [string, string][] {
  return criteria.flatMap((c): [string, string][] => [
    [m.scoreOf(pick(c.name), c.score_max), String(scores[c.code] ?? '')],
    [m.comment(pick(c.name)), comments[c.code] ?? ''],
  ]);
}

/** On narrow screens one of two panes shows; the arrow keys move between their tabs. */
function Tabs({ pane, onPane }: { pane: (typeof PANES)[number]; onPane: (pane: (typeof PANES)[number]) => void }) {
  const move = (event: Press) => {
    if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) return;
    event.preventDefault();
    const next = event.key === 'Home' || (event.key !== 'End' && pane === 'rub') ? 'pdf' : 'rub';
    onPane(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div className="seg rtabs" role="tablist" aria-label={m.panes}>
      {PANES.map((p) => (
        <button
          key={p}
          id={`tab-${p}`}
          type="button"
          role="tab"
          aria-selected={pane === p}
          aria-controls={`pane-${p}`}
          tabIndex={pane === p ? 0 : -1}
          onClick={() => onPane(p)}
          onKeyDown={move}
        >
          {p === 'pdf' ? m.pdf : m.rubric}
        </button>
      ))}
    </div>
  );
}

/** The challenge and when its reviews are due. */
function Seat({ id }: { id: string }) {
  const list = useQuery(read('/api/v1/review/assignments'));
  const one = list.data?.find((a) => a.id === id);
  if (!one) return <span>&nbsp;</span>;
  return (
    <>
      {pick(one.title)} · {m.due} <Day date={one.due_on} />
    </>
  );
}

function Neighbours({ proposal }: { proposal: Proposal }) {
  const list = useQuery(neighboursOf(proposal.assignment_id));
  const at = list.data?.findIndex((p) => p.id === proposal.id) ?? -1;
  const to = (id: string | undefined, label: string) =>
    id && (
      <Link className="btn s" to="/review/proposals/$proposalId" params={{ proposalId: id }}>
        {label}
      </Link>
    );
  return (
    <nav className="row" aria-label={m.neighbours}>
      {to(list.data?.[at - 1]?.id, m.previous)}
      {at >= 0 && to(list.data?.[at + 1]?.id, m.next)}
      <Link className="btn s" to="/review/assignments/$assignmentId" params={{ assignmentId: proposal.assignment_id }}>
        {m.list}
      </Link>
    </nav>
  );
}

/** The form's answers, for whoever would rather read than look. */
function Form({ answers }: { answers: Record<string, unknown> }) {
  return (
    <details className="panel answers">
      <summary className="pb b">{m.answers}</summary>
      <div className="pb stack4">
        {Object.entries(answers).map(([name, value]) => (
          <div key={name}>
            <h2 className="b">{m.part[name as keyof typeof m.part] ?? name}</h2>
            <p className="text">
              {typeof value === 'string'
                ? value
                : Object.entries((value ?? {}) as Record<string, string>)
                    .map(([k, v]) => `${k}: ${v}`)
                    .join('\n')}
            </p>
          </div>
        ))}
      </div>
    </details>
  );
}
