import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Cycle, CycleFrame, type DeskTopic, NotYours, Rule } from '@/features/cycle/Frame';
import { DrawSteps, missing, PartyTable, published } from '@/features/draws/Facts';
import { m as words } from '@/features/draws/messages';
import { OwnShare } from '@/features/draws/OwnShare';
import { type Answer, call, read, useDeed, useSession } from '@/shared/api';
import { english, named, pick } from '@/shared/i18n';
import { now } from '@/shared/lib/time';
import { Button, Dialog, Notice, Panel, Refusal, Show, TextArea } from '@/shared/ui';
import { Blocks, Feasibility } from './Feasibility';
import { m } from './messages';
import { Result } from './Result';
import './style.css';

export type Draw = Answer<'/api/v1/officer/topics/{topic_id}/draws'>[number];

/** Where a seat may still fall empty. */
const REDRAWN_IN = ['screening', 'reviewing'];
const LOOK_AGAIN = 3_000;
const SLOW = 60_000;

function useDraws(topicId: string) {
  return useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/draws', { path: { topic_id: topicId } }),
    refetchInterval: ({ state }) => (state.data?.some((d) => d.status !== 'drawn') ? LOOK_AGAIN : false),
  });
}

/** A topic's draws of experts: led by its draw officer, watched by the supervisor. */
export default function Draws() {
  const { topicId } = useParams({ from: '/work/desk/topics/$topicId/draws' });
  const draws = useDraws(topicId);
  return (
    <CycleFrame
      topicId={topicId}
      page="draws"
      actions={({ right }) =>
        right('panel.draw')?.allowed && draws.data?.length === 0 && <Announce topicId={topicId} n={1} />
      }
    >
      {(cycle) => <Show of={draws}>{(all) => <Loaded cycle={cycle} draws={all} />}</Show>}
    </CycleFrame>
  );
}

function Loaded({ cycle: { topic, right }, draws }: { cycle: Cycle; draws: Draw[] }) {
  const { n } = useSearch({ from: '/work/desk/topics/$topicId/draws' });
  const session = useSession();
  const officer = right('panel.draw')?.allowed ?? false;
  const supervisor = session.data?.org_roles.includes('supervisor') ?? false;
  const draw = draws.find((d) => String(d.n) === n) ?? draws.at(-1);
  const client = useQueryClient();
  const status = draws.at(-1)?.status;
  const seen = useRef(status);
  useEffect(() => {
    // The draw itself moves the topic on.
    if (seen.current !== status) void client.invalidateQueries({ queryKey: ['/api/v1/officer/topics/{topic_id}'] });
    seen.current = status;
  }, [client, status]);
  return (
    <>
      {supervisor && !officer ? <Notice>{m.watching}</Notice> : !officer && <NotYours right={right('panel.draw')} />}
      {draws.length > 1 && (
        <nav className="row" aria-label={m.choose}>
          {draws.map((d) => (
            <Link
              key={d.id}
              className={`btn s${d === draw ? ' on' : ''}`}
              aria-current={d === draw ? 'page' : undefined}
              to="/desk/topics/$topicId/draws"
              params={{ topicId: topic.id }}
              search={{ n: String(d.n) }}
            >
              {m.current(d.n)}
            </Link>
          ))}
        </nav>
      )}
      {draw ? (
        <One
          key={draw.id}
          {...{ topic, draw, officer }}
          personId={session.data?.person_id ?? ''}
          party={officer ? 'agency' : supervisor ? 'supervisor' : null}
        />
      ) : (
        <>
          <Panel title={m.none}>
            <Rule right={right('panel.draw')} when={m.noneHint} follows={m.noneFollows} />
          </Panel>
          <Feasibility topicId={topic.id} />
        </>
      )}
      {officer && status === 'drawn' && REDRAWN_IN.includes(topic.state) && (
        <Again topicId={topic.id} n={draws.length + 1} />
      )}
    </>
  );
}

/** A further draw: rare, and never pressed in passing. Once scores are computed there is none. */
function Again({ topicId, n }: { topicId: string; n: number }) {
  const review = useQuery(read('/api/v1/officer/topics/{topic_id}/review-progress', { path: { topic_id: topicId } }));
  if (review.data?.score_runs !== 0) return null;
  return (
    <Panel>
      <details>
        <summary className="b">{m.again}</summary>
        <div className="stack3">
          <p>{m.announceAgain}</p>
          <Announce topicId={topicId} n={n} />
        </div>
      </details>
    </Panel>
  );
}

function Announce({ topicId, n }: { topicId: string; n: number }) {
  const [asked, setAsked] = useState(false);
  const [reason, setReason] = useState('');
  const deed = useDeed(
    (why: string, key: string) =>
      call('post', '/api/v1/officer/topics/{topic_id}/draws', {
        path: { topic_id: topicId },
        body: { reason: why.trim() || null },
        key,
      }),
    () => setAsked(false),
  );
  return (
    <>
      <Button
        look={n === 1 ? 'primary' : 'plain'}
        onClick={() => {
          deed.reset();
          setAsked(true);
        }}
      >
        {n === 1 ? m.announce : m.announceNext(n)}
      </Button>
      <Dialog title={n === 1 ? m.announce : m.announceNext(n)} opened={asked} onClose={() => setAsked(false)}>
        <form
          className="stack4"
          onSubmit={(event) => {
            event.preventDefault();
            deed.mutate(reason);
          }}
        >
          <p>{m.announceAbout}</p>
          {n > 1 && (
            <>
              <p>{m.announceAgain}</p>
              <TextArea
                label={m.reason}
                required
                minLength={4}
                maxLength={500}
                max={500}
                value={reason}
                onChange={(e) => setReason(e.target.value)}
              />
            </>
          )}
          <Refusal error={deed.error} />
          <p className="row">
            <Button type="submit" look="primary" busy={deed.isPending}>
              {m.announceSure}
            </Button>
            <Button onClick={() => setAsked(false)}>{m.cancel}</Button>
          </p>
        </form>
      </Dialog>
    </>
  );
}

type OneProps = {
  topic: DeskTopic;
  draw: Draw;
  officer: boolean;
  party: 'agency' | 'supervisor' | null;
  personId: string;
};

function One({ topic, draw, officer, party, personId }: OneProps) {
  const shown = published(draw);
  return (
    <>
      <Panel
        title={m.current(draw.n)}
        aside={
          <Link className="sm" to="/topics/$topicId/draws/$n" params={{ topicId: topic.id, n: String(draw.n) }}>
            {m.public}
          </Link>
        }
      >
        <div className="stack4">
          {draw.reason && (
            <p>
              <span className="mut">{named(words.reason, '')}</span>
              {draw.reason}
            </p>
          )}
          <DrawSteps draw={shown} />
          <Next draw={draw} officer={officer} />
        </div>
      </Panel>
      {draw.status === 'drawn' && <Result topic={topic} draw={draw} />}
      <div className="two draws">
        <div className="stack6">
          {draw.status === 'seed_committed' && <Feasibility topicId={topic.id} />}
          <Panel title={m.parties} flush>
            <PartyTable draw={shown} />
            {draw.frozen_sha256 && (
              <dl className="kv pb sm digests">
                <dt>{words.frozenDigest}</dt>
                <dd className="mono hash">{draw.frozen_sha256}</dd>
              </dl>
            )}
          </Panel>
        </div>
        <div className="stack4">
          {party && personId && (
            <OwnShare
              topic={{ id: topic.id, code: topic.code, title: pick(topic.text.title) }}
              draw={shown}
              {...{ party, personId }}
            />
          )}
          <Panel title={m.how}>
            <p className="mut">{words.how}</p>
          </Panel>
        </div>
      </div>
      {draw.status === 'frozen' && <Result topic={topic} draw={draw} />}
    </>
  );
}

/** What happens now, and what the draw officer may do about it. */
function Next({ draw, officer }: { draw: Draw; officer: boolean }) {
  const shown = published(draw);
  const waits = missing(shown);
  const names = waits.map((p) => words.parties[p]).join(english ? ', ' : '、');
  const path = { draw_id: draw.id };
  const [slow, setSlow] = useState(false);
  const freeze = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/officer/draws/{draw_id}/freeze', { path, key }),
  );
  const run = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/officer/draws/{draw_id}/run', { path, key }),
  );
  if (draw.status === 'drawn') return <Notice tone="ok">{m.drawn}</Notice>;
  if (draw.status === 'frozen') {
    if (waits.length === 0) return <Working>{m.drawing}</Working>;
    if (draw.reveal_by && Date.parse(draw.reveal_by) <= now()) {
      if (run.isSuccess) return <Working>{m.drawing}</Working>;
      return (
        <div className="stack3">
          <p>{m.runAbout(names)}</p>
          <Refusal error={run.error} />
          {officer && (
            <Button look="primary" busy={run.isPending} onClick={() => run.mutate(undefined)}>
              {m.run}
            </Button>
          )}
        </div>
      );
    }
    return <p>{m.waitReveal(names)}</p>;
  }
  const same = JSON.stringify(draw.blocked) === JSON.stringify(freeze.data?.blocked);
  if (freeze.isSuccess && same && !(slow && draw.blocked)) {
    return <Working onSlow={() => setSlow(true)}>{m.computing}</Working>;
  }
  return (
    <div className="stack3">
      {draw.blocked && draw.blocked.length > 0 && (
        <Notice tone="warn" title={m.blocked}>
          <Blocks blocks={draw.blocked} />
        </Notice>
      )}
      <p>{waits.length > 0 ? m.waitCommit(names) : m.allCommitted}</p>
      {officer && (
        <>
          <p className="mut">{m.freezeAbout}</p>
          <Refusal error={freeze.error} />
          <p>
            <Button
              look={waits.length === 0 ? 'primary' : 'plain'}
              busy={freeze.isPending}
              onClick={() => freeze.mutate(undefined)}
            >
              {m.freeze}
            </Button>
          </p>
        </>
      )}
    </div>
  );
}

/** A job is at work. After a minute it says that this is longer than usual. */
function Working({ children, onSlow }: { children: ReactNode; onSlow?: () => void }) {
  const [slow, setSlow] = useState(false);
  const told = useRef(onSlow);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
      told.current?.();
    }, SLOW);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="stack3" role="status">
      <progress className="working" aria-label={m.progress} />
      <p>{children}</p>
      {slow && <p className="t-warn">{m.slow}</p>}
    </div>
  );
}
