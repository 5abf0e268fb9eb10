import { IconCheck, IconCircle, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Cycle, CycleFrame, cyclePath, Holders, NotYours, Rule } from '@/features/cycle/Frame';
import { m as words } from '@/features/cycle/messages';
import { nextStep, PAGE_FOR, progress, RIGHT_FOR, type Step, stageOf } from '@/features/cycle/stages';
import { read } from '@/shared/api';
import { Countdown, ErrorState, Lines, Notice, Panel, When } from '@/shared/ui';
import { m } from './messages';
import { useFacts } from './useFacts';

/** A topic's cycle at a glance: where it stands, what comes next, what holds it up, who must act. */
export default function CyclePage() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/cycle' });
  return (
    <CycleFrame topicId={topicId} page="cycle">
      {(cycle) => <Overview cycle={cycle} />}
    </CycleFrame>
  );
}

function Overview({ cycle }: { cycle: Cycle }) {
  const { topic } = cycle;
  const { facts, check, review, loading, broken } = useFacts(topic);
  if (broken) return <ErrorState error={broken.error} retry={() => void broken.refetch()} />;
  if (loading) return <Lines rows={5} height={88} />;
  const step = nextStep(facts);
  if (step === null) return <Notice>{words.unpublished}</Notice>;
  return (
    <>
      <Panel title={m.where}>
        <Steps step={step} />
      </Panel>
      <div className="two">
        <Next cycle={cycle} step={step}>
          {check && (
            <p className="num">
              {m.figures.check(check.undecided, check.undecided + check.eligible + check.ineligible)}
            </p>
          )}
          {review && (
            <>
              <p className="num">
                {m.figures.review(review.offered, review.accepted, review.overdue, review.submitted)}
              </p>
              <p className="num">
                {m.figures.copies(
                  review.copies_released,
                  review.copies_pending + review.copies_held + review.copies_released,
                )}
              </p>
            </>
          )}
        </Next>
        <div className="stack4">
          <Dates cycle={cycle} />
          <Duties cycle={cycle} />
        </div>
      </div>
    </>
  );
}

const icons = { done: IconCheck, now: IconPlayerPlay, todo: IconCircle };

function Steps({ step }: { step: Step }) {
  return (
    <ol className="steps cycle">
      {progress(step).map(({ stage, is }) => {
        const Icon = icons[is];
        return (
          <li key={stage} className={is} aria-current={is === 'now' ? 'step' : undefined}>
            <Icon className="i" aria-hidden />
            {words.stages[stage]}
            <small>{words.is[is]}</small>
          </li>
        );
      })}
    </ol>
  );
}

function Next({ cycle, step, children }: { cycle: Cycle; step: Step; children: ReactNode }) {
  const { topic } = cycle;
  const code = RIGHT_FOR[step];
  const right = code ? cycle.right(code) : undefined;
  const mine = right?.allowed ?? false;
  return (
    <Panel title={m.next}>
      <div className="stack4">
        <p className="lg b">{words.steps[step]}</p>
        <p>{m.why[step]}</p>
        {children}
        {step === 'wait_close' && topic.closes_at && (
          <p>
            <Countdown until={topic.closes_at} />
          </p>
        )}
        {code ? (
          <Rule right={right} without={step === 'open_second' ? topic.opener?.person_id : null} />
        ) : (
          <p className="mut">{m.everybody}</p>
        )}
        {code && !mine && <NotYours right={right} />}
        <Link className={mine ? 'btn p' : 'btn'} to={cyclePath(topic.id, PAGE_FOR[stageOf(step)])}>
          {mine ? m.go : m.see}
        </Link>
      </div>
    </Panel>
  );
}

function Dates({ cycle: { topic } }: { cycle: Cycle }) {
  const count = useQuery(read('/api/v1/topics/{topic_id}/application-count', { path: { topic_id: topic.id } }));
  return (
    <Panel title={m.key}>
      <dl className="kv">
        <dt>{m.counted}</dt>
        <dd className="num">{count.data ? m.counts(count.data.count) : '–'}</dd>
        {topic.closes_at && (
          <>
            <dt>{m.closes}</dt>
            <dd>
              <When at={topic.closes_at} both />
            </dd>
          </>
        )}
        <dt>{m.opened}</dt>
        <dd>{topic.opened_at ? <When at={topic.opened_at} /> : m.notYet}</dd>
      </dl>
    </Panel>
  );
}

function Duties({ cycle }: { cycle: Cycle }) {
  const codes = Object.keys(m.rights) as (keyof typeof m.rights)[];
  return (
    <Panel title={m.duties} footer={<Link to={cyclePath(cycle.topic.id, 'people')}>{m.appoint}</Link>}>
      <dl className="stack3">
        {codes.map((code) => (
          <div key={code}>
            <dt className="mut sm">{m.rights[code]}</dt>
            <dd>
              <Holders of={cycle.right(code)} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
