/** What all pages of a topic's cycle share: head, sub-navigation, who may do what, and each step's rule beside it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Answer, read, useCan, useSession } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Empty, Lines, Notice, PageHead, Show, StateBadge } from '@/shared/ui';
import { m } from './messages';
import { type CyclePage, PAGES } from './stages';
import './style.css';

export type DeskTopic = Answer<'/api/v1/officer/topics/{topic_id}'>;
export type Right = Answer<'/api/v1/officer/topics/{topic_id}/access'>['rights'][number];
export type Access = Answer<'/api/v1/officer/topics/{topic_id}/access'>;
/** The topic as its agency has it, who may do what, and the right of a code: whether one has it, why, and who does. */
export type Cycle = { topic: DeskTopic; access: Access; right: (code: string) => Right | undefined };
/** Pages of a topic beside those of its cycle: for drafts as well. */
const BESIDE = ['people', 'incident'] as const;
export type TopicPage = CyclePage | (typeof BESIDE)[number];
const beside = (page: TopicPage) => (BESIDE as readonly string[]).includes(page);

const WATCHED = 20_000;
const TOPIC = '/api/v1/officer/topics/{topic_id}';

/** A page of a topic, mostly of a published one's cycle: `page` names it in the sub-navigation, `actions` stand beside its head. */
export function CycleFrame({
  topicId,
  page,
  title,
  actions,
  loading,
  children,
}: {
  topicId: string;
  page: TopicPage;
  /** Of a page below one of the sub-navigation's. */
  title?: string;
  actions?: (cycle: Cycle) => ReactNode;
  /** Grey lines of the content's final height. */
  loading?: ReactNode;
  children: (cycle: Cycle) => ReactNode;
}) {
  const path = { path: { topic_id: topicId } };
  const access = useQuery(read(`${TOPIC}/access`, path));
  // Others act on it too, and the clock closes it.
  const topic = useQuery({ ...read(TOPIC, path), refetchInterval: WATCHED });
  const grey = loading ?? <Lines rows={6} height={88} />;
  return (
    <Show of={topic} loading={grey}>
      {(of) => (
        <Show of={access} loading={grey}>
          {(rights) => {
            const cycle: Cycle = {
              topic: of,
              access: rights,
              right: (code) => rights.rights.find((one) => one.code === code),
            };
            return (
              <>
                <PageHead
                  above={
                    <>
                      <span className="mono dim">{of.code}</span>
                      <StateBadge group="topic" state={of.state} />
                    </>
                  }
                  title={title ?? (page === 'cycle' ? m.cycle : m.names[page])}
                  sub={
                    <Link to="/desk/topics/$topicId" params={{ topicId }}>
                      {pick(of.text.title)}
                    </Link>
                  }
                >
                  {(of.published_at || beside(page)) && actions?.(cycle)}
                </PageHead>
                {of.published_at || beside(page) ? (
                  <>
                    <SubNavigation topicId={topicId} published={of.published_at !== null} />
                    <div className="stack4">
                      {rights.frozen_at && (
                        <Notice tone="warn" title={m.frozen}>
                          {m.frozenBody}
                        </Notice>
                      )}
                      {children(cycle)}
                    </div>
                  </>
                ) : (
                  <Empty
                    action={
                      <Link className="btn" to="/desk/topics/$topicId" params={{ topicId }}>
                        {m.toDraft}
                      </Link>
                    }
                  >
                    {m.unpublished}
                  </Empty>
                )}
              </>
            );
          }}
        </Show>
      )}
    </Show>
  );
}

/** The address of a page of a topic's cycle. */
export function cyclePath(topicId: string, page: TopicPage): string {
  return `/desk/topics/${topicId}/${page}`;
}

function SubNavigation({ topicId, published }: { topicId: string; published: boolean }) {
  const can = useCan();
  const pages: TopicPage[] = [...(published ? PAGES : []), 'people'];
  if (can('incident.reads')) pages.push('incident');
  return (
    <nav className="subnav" aria-label={m.pages}>
      {pages.map((page) => (
        <Link key={page} to={cyclePath(topicId, page)}>
          {m.names[page]}
        </Link>
      ))}
    </nav>
  );
}

/** The rule beside a deed: who takes it (`without`: not whom), when, what follows. */
export function Rule({
  right,
  without,
  when,
  follows,
}: {
  right?: Right | undefined;
  without?: string | null;
  when?: ReactNode;
  follows?: ReactNode;
}) {
  return (
    <dl className="kv sm">
      {right && (
        <>
          <dt>{m.who}</dt>
          <dd>
            <Holders of={right} without={without} />
          </dd>
        </>
      )}
      {when && (
        <>
          <dt>{m.when}</dt>
          <dd>{when}</dd>
        </>
      )}
      {follows && (
        <>
          <dt>{m.follows}</dt>
          <dd>{follows}</dd>
        </>
      )}
    </dl>
  );
}

/** Who has a right, by name, oneself among them; `without` one whom another step rules out. */
export function Holders({ of, without }: { of: Right | undefined; without?: string | null }) {
  const { data: session } = useSession();
  const people = of?.holders.filter((one) => one.person_id !== without) ?? [];
  if (people.length === 0) return <span className="t-warn">{m.nobody}</span>;
  const named = people.map((one) => (one.person_id === session?.person_id ? m.you(one.person_name) : one.person_name));
  return <>{named.join(m.and)}</>;
}

/** Why the reader cannot take a step, in the policy's words. */
export function NotYours({ right }: { right: Right | undefined }) {
  return (
    <Notice title={m.notYou}>
      <p>{pick(right?.why)}</p>
    </Notice>
  );
}
