import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Answer, call, queryClient, read, useDeed, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { useDraft } from '@/shared/lib/useDraft';
import {
  BlindBadge,
  Button,
  Dialog,
  ErrorSummary,
  Lines,
  Meter,
  Notice,
  PageHead,
  Panel,
  Refusal,
  SavedStamp,
  Show,
  StateBadge,
  TextArea,
  TextField,
  Tick,
} from '@/shared/ui';
import { m } from './messages';
import { Pdf } from './Pdf';
import { keyed, missing, type Scores, total } from './rubric';
import './style.css';

type Proposal = Answer<'/api/v1/review/applications/{proposal_id}'>;
const PATH = '/api/v1/review/applications/{proposal_id}';

/** One proposal under its alias: the blind copy, and the rubric beside it. */
export default function ProposalPage() {
  const { proposalId } = useParams({ from: '/work/review/proposals/$proposalId' });
  const proposal = useQuery(read(PATH, { path: { proposal_id: proposalId } }));
  return (
    <Show of={proposal} loading={<Lines rows={8} height={88} />}>
      {(data) => <Review key={data.id} proposal={data} />}
    </Show>
  );
}

function Review({ proposal }: { proposal: Proposal }) {
  const session = useSession();
  const fixed = proposal.review_status === 'submitted' || proposal.review_status === 'locked';
  const query = read(PATH, { path: { proposal_id: proposal.id } });
  const draft = useDraft<Scores>({
    value: { scores: proposal.scores, comments: proposal.comments },
    version: proposal.version,
    copyKey: `jiebang.review.${proposal.id}.${session.data?.person_id}`,
    save: async (value, version) => {
      const saved = await call('put', `${PATH}/review`, { path: { proposal_id: proposal.id }, body: value, version });
      queryClient.setQueryData(query.queryKey, (before) =>
        before
          ? {
              ...before,
              version: saved.version,
              review_status: saved.status,
              scores: saved.scores,
              comments: saved.comments,
            }
          : before,
      );
      return saved.version;
    },
  });
  const given = fixed ? { scores: proposal.scores, comments: proposal.comments } : draft.value;
  const [pane, setPane] = useState<'pdf' | 'rub'>('pdf');
  const [marked, setMarked] = useState(0);
  const [keys, setKeys] = useState(true);
  const [faults, setFaults] = useState<{ id: string; text: string }[]>([]);
  const [asking, setAsking] = useState(false);
  const submit = useDeed(
    async (_: undefined, key: string) => {
      const now = queryClient.getQueryData(query.queryKey);
      return call('post', `${PATH}/review/submit`, {
        path: { proposal_id: proposal.id },
        version: now?.version ?? proposal.version,
        key,
      });
    },
    () => setAsking(false),
  );
  const score = (code: string, n: number) =>
    draft.change((before) => ({ ...before, scores: { ...before.scores, [code]: n } }));
  const clear = (code: string) =>
    draft.change((before) => {
      const { [code]: _, ...scores } = before.scores;
      return { ...before, scores };
    });
  const check = async () => {
    const found = missing(proposal.criteria, given, proposal.comment_min);
    setFaults(found);
    if (found.length === 0) {
      await draft.flush();
      setAsking(true);
    }
  };
  useEffect(() => {
    if (fixed) return;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
        event.preventDefault();
        void check();
        return;
      }
      const criterion = proposal.criteria[marked];
      const n =
        keys && !asking && criterion && criterion.score_max < 10
          ? keyed(event, event.target, criterion.score_max)
          : null;
      if (n !== null && criterion) {
        event.preventDefault();
        score(criterion.code, n);
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  const sum = total(proposal.criteria, given.scores);
  const theirs = () => queryClient.fetchQuery({ ...query, staleTime: 0 });
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
        title={m.title(proposal.alias)}
      >
        <Neighbours proposal={proposal} />
      </PageHead>
      {draft.state.kind === 'conflict' && (
        <Notice
          tone="warn"
          live="alert"
          title={m.conflict}
          actions={
            <>
              <Button onClick={async () => draft.keepMine((await theirs()).version)}>{m.keepMine}</Button>
              <Button
                onClick={async () => {
                  const now = await theirs();
                  draft.takeTheirs({ scores: now.scores, comments: now.comments }, now.version);
                }}
              >
                {m.takeTheirs}
              </Button>
            </>
          }
        />
      )}
      <div className="seg rtabs" role="tablist" aria-label={m.panes}>
        {(['pdf', 'rub'] as const).map((p) => (
          <button key={p} type="button" role="tab" aria-selected={pane === p} onClick={() => setPane(p)}>
            {p === 'pdf' ? m.pdf : m.rubric}
          </button>
        ))}
      </div>
      <div className={`rvg ${pane}-first`}>
        <div className="stack4">
          <Pdf proposalId={proposal.id} />
          <Form answers={proposal.answers as Record<string, unknown>} />
        </div>
        <div className="rub">
          <Panel title={m.rubric} aside={<span className="mut sm">{m.scored(sum.share)}</span>}>
            <div className="stack3">
              <p className="row sp">
                <span>{m.total}</span>
                <b className="lg num">{sum.sum}</b>
              </p>
              <Meter value={sum.share} of={100} label={m.scored(sum.share)} />
              {fixed && <Notice tone="ok">{m.submitted}</Notice>}
              <ErrorSummary faults={faults} />
              {proposal.criteria.map((c, i) => (
                <fieldset
                  key={c.code}
                  className={`crt${marked === i && !fixed ? ' on' : ''}`}
                  onFocus={() => setMarked(i)}
                >
                  <legend className="b">
                    {pick(c.name)} <span className="mut sm">{m.weight(c.weight)}</span>
                  </legend>
                  {c.score_max > 9 ? (
                    <TextField
                      id={`score-${c.code}-1`}
                      label={m.scoreOf(c.score_max)}
                      inputMode="numeric"
                      readOnly={fixed}
                      aria-label={`${m.scoreOf(c.score_max)} ${pick(c.name)}`}
                      value={given.scores[c.code] ?? ''}
                      onChange={(e) => {
                        const typed = e.target.value.normalize('NFKC').trim();
                        if (/^\d{1,3}$/.test(typed) && Number(typed) <= c.score_max) score(c.code, Number(typed));
                        if (typed === '') clear(c.code);
                      }}
                    />
                  ) : (
                    <div className="scores">
                      {Array.from({ length: c.score_max }, (_, k) => k + 1).map((n) => (
                        <label key={n}>
                          <input
                            id={`score-${c.code}-${n}`}
                            type="radio"
                            name={c.code}
                            checked={given.scores[c.code] === n}
                            disabled={fixed}
                            aria-label={m.score(pick(c.name), n)}
                            onChange={() => score(c.code, n)}
                          />
                          {n}
                        </label>
                      ))}
                    </div>
                  )}
                  <TextArea
                    id={`comment-${c.code}`}
                    label={m.comment(pick(c.name))}
                    hint={m.commentHint(proposal.comment_min)}
                    max={4000}
                    readOnly={fixed}
                    value={given.comments[c.code] ?? ''}
                    onChange={(e) =>
                      draft.change((before) => ({
                        ...before,
                        comments: { ...before.comments, [c.code]: e.target.value },
                      }))
                    }
                  />
                </fieldset>
              ))}
              {!fixed && (
                <>
                  {proposal.criteria.some((c) => c.score_max < 10) && (
                    <Tick checked={keys} onChange={(e) => setKeys(e.target.checked)}>
                      {m.keys}
                    </Tick>
                  )}
                  <Refusal error={asking ? null : submit.error} />
                  <Button look="primary" size="large" full onClick={() => void check()}>
                    {m.submit} <span className="kbd">Ctrl+Enter</span>
                  </Button>
                </>
              )}
            </div>
          </Panel>
        </div>
      </div>
      <Dialog title={m.submit} opened={asking} onClose={() => setAsking(false)}>
        <div className="stack4">
          <p>{m.sure}</p>
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

function Neighbours({ proposal }: { proposal: Proposal }) {
  const list = useQuery(read('/api/v1/review/applications', { query: { assignment: proposal.assignment_id } }));
  const at = list.data?.findIndex((p) => p.id === proposal.id) ?? -1;
  const to = (id: string | undefined, label: string) =>
    id && (
      <Link className="btn s" to="/review/proposals/$proposalId" params={{ proposalId: id }}>
        {label}
      </Link>
    );
  return (
    <p className="row">
      {to(list.data?.[at - 1]?.id, m.previous)}
      {at >= 0 && to(list.data?.[at + 1]?.id, m.next)}
      <Link className="btn s" to="/review/assignments/$assignmentId" params={{ assignmentId: proposal.assignment_id }}>
        {m.list}
      </Link>
    </p>
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
            <h3>{m.part[name as keyof typeof m.part] ?? name}</h3>
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
