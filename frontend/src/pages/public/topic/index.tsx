import { IconCalendarPlus, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type Answer, read } from '@/shared/api';
import { english, named, pick } from '@/shared/i18n';
import { yuan } from '@/shared/lib/money';
import { BEIJING, dateTime, now, viewerZone, zoneName } from '@/shared/lib/time';
import { Button, Countdown, Lines, Meter, Panel, Purse, Show, StateBadge, When } from '@/shared/ui';
import { deadline } from './calendar';
import { m } from './messages';
import { TakeUp } from './TakeUp';
import './style.css';

type Topic = Answer<'/api/v1/topics/{topic_id}'>;
const COMPARATORS = { '>=': '≥', '<=': '≤', '==': '=' } as const;

/** A published topic as a whole. */
export default function TopicPage() {
  const { topicId } = useParams({ from: '/open/topics/$topicId' });
  const topic = useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id: topicId } }));
  return (
    <div className="wrap dt">
      <Show of={topic} loading={<Lines rows={8} height={88} />}>
        {(data) => <Detail topic={data} />}
      </Show>
    </div>
  );
}

function Detail({ topic }: { topic: Topic }) {
  const { text } = topic;
  const open = topic.state === 'open';
  const sections = [
    ['problem', m.problem],
    ['indicators', m.indicators],
    ['money', m.money],
    ['review', m.review],
    ['acceptance', m.acceptance],
  ] as const;
  return (
    <>
      <nav className="crumb" aria-label={m.place}>
        <Link to="/">{m.list}</Link>
        <i>/</i>
        {topic.code}
      </nav>
      <article className="dtl">
        <header>
          <div className="row">
            <span className="mono dim">{topic.code}</span>
            <StateBadge group="topic" state={topic.state} />
          </div>
          <h1>{pick(text.title)}</h1>
          <p className="mut">
            {m.agency} {pick(topic.agency)}
          </p>
        </header>
        <div className="read">
          <nav className="anch hide-p" aria-label={m.anchors}>
            {sections.map(([id, label]) => (
              <a key={id} href={`#${id}`}>
                {label}
              </a>
            ))}
          </nav>
          <section id="problem">
            <h2>{m.problem}</h2>
            <p className="text">{pick(text.problem)}</p>
            <h3>{m.baseline}</h3>
            <p className="text">{pick(text.baseline)}</p>
            <h3>{m.gap}</h3>
            <p className="text">{pick(text.gap)}</p>
          </section>
          <section id="indicators">
            <h2>{m.indicators}</h2>
            <div className="panel tw">
              <table className="tbl cards">
                <thead>
                  <tr>
                    <th scope="col">{m.indicator}</th>
                    <th scope="col" className="r">
                      {m.threshold}
                    </th>
                    <th scope="col">{m.method}</th>
                  </tr>
                </thead>
                <tbody>
                  {text.indicators.map((i) => (
                    <tr key={i.code}>
                      <th scope="row">{pick(i.name)}</th>
                      <td className="r num b nw" data-l={m.threshold}>
                        <span>
                          {COMPARATORS[i.comparator]} {i.threshold} {i.unit}
                        </span>
                      </td>
                      <td className="mut sm" data-l={m.method}>
                        <span>{pick(i.method)}</span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <Milestones topic={topic} />
          <section id="review">
            <h2>{m.review}</h2>
            <ul className="crit">
              {text.criteria.map((c) => (
                <li key={c.code}>
                  <span>{pick(c.name)}</span>
                  <Meter value={c.weight} of={100} label={pick(c.name)} />
                  <b className="num">{c.weight}%</b>
                </li>
              ))}
            </ul>
            <p className="no-print">
              {m.experts}{' '}
              <Link to="/expertise" search={{ topic: topic.id }}>
                {m.offer}
              </Link>
            </p>
          </section>
          <section id="acceptance">
            <h2>{m.acceptance}</h2>
            <p className="text">{pick(text.acceptance)}</p>
            <h3>{m.ip}</h3>
            <p className="text">{pick(text.ip_terms)}</p>
          </section>
          <Draws topicId={topic.id} />
        </div>
        <aside className="side">
          <div className="panel slip key">
            <div className="pb stack4">
              <div>
                <p className="mut">{m.purse}</p>
                <p className="big num">
                  <Purse minor={text.purse_minor} currency={text.currency} />
                </p>
                <p className="sm mut">{m.awards(text.award_count)}</p>
              </div>
              <hr />
              <div>
                <p className="mut">{open ? m.left : m.closes}</p>
                <p className="cd">
                  <Countdown until={topic.closes_at} />
                </p>
                <Zones at={topic.closes_at} />
              </div>
              {open ? <TakeUp topicId={topic.id} size="large" /> : <p className="mut">{m.closedNote}</p>}
              <div className="row acts no-print">
                <Button size="small" onClick={() => window.print()}>
                  <IconPrinter className="i" aria-hidden />
                  {m.print}
                </Button>
                {open && (
                  <Button size="small" onClick={() => toCalendar(topic)}>
                    <IconCalendarPlus className="i" aria-hidden />
                    {m.calendar}
                  </Button>
                )}
              </div>
            </div>
          </div>
          <dl className="kv sm meta">
            <dt>{m.published}</dt>
            <dd>
              <When at={topic.published_at} />
            </dd>
            {topic.applications !== null && (
              <>
                <dt>{m.applications}</dt>
                <dd>{m.applicationsN(topic.applications)}</dd>
              </>
            )}
            <dt>{m.rules}</dt>
            <dd>
              {topic.rules.code} v{topic.rules.version}
            </dd>
            <dt>{m.binding}</dt>
            <dd>{m.bindingIn[text.authoritative]}</dd>
            <dt>{m.version}</dt>
            <dd>{topic.n}</dd>
            <dt>{m.digest}</dt>
            <dd className="mono hash">{topic.sha256}</dd>
          </dl>
        </aside>
      </article>
      {open && (
        <section className="stick hide-d" aria-label={m.take}>
          <div>
            <Countdown until={topic.closes_at} />
            <small>
              <When at={topic.closes_at} />
            </small>
          </div>
          <TakeUp topicId={topic.id} />
        </section>
      )}
    </>
  );
}

function Zones({ at }: { at: string }) {
  return (
    <dl className="zones">
      <dt>{zoneName(BEIJING)}</dt>
      <dd>
        <time dateTime={at}>{dateTime(at)}</time>
      </dd>
      {viewerZone !== BEIJING && (
        <>
          <dt>{zoneName(viewerZone, Date.parse(at))}</dt>
          <dd>
            <time dateTime={at}>{dateTime(at, viewerZone)}</time>
          </dd>
        </>
      )}
    </dl>
  );
}

function Milestones({ topic: { text } }: { topic: Topic }) {
  // Tables say the unit once in the head: 万元 in Chinese, yuan in English.
  const amount = (minor: number) => yuan(english ? minor : minor / 10_000);
  let from = 0;
  const bars = text.milestones.map((ms, i) => {
    const width = (ms.tranche_minor / text.purse_minor) * 1000;
    const bar = { x: from, width: Math.max(0, width - 4), tone: `p${(i % 4) + 1}`, code: ms.code };
    from += width;
    return bar;
  });
  return (
    <section id="money">
      <h2>{m.money}</h2>
      <svg
        className="purse"
        viewBox="0 0 1000 14"
        preserveAspectRatio="none"
        width="100%"
        height="14"
        aria-hidden="true"
      >
        {bars.map((b) => (
          <rect key={b.code} className={b.tone} x={b.x} width={b.width} height="14" />
        ))}
      </svg>
      <div className="panel tw">
        <table className="tbl cards dense">
          <thead>
            <tr>
              <th scope="col">{m.milestone}</th>
              <th scope="col">{m.month}</th>
              <th scope="col">{m.evidence}</th>
              <th scope="col" className="r">
                {m.share}
              </th>
              <th scope="col" className="r">
                {m.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {text.milestones.map((ms, i) => (
              <tr key={ms.code}>
                <th scope="row">
                  <span className={`sw p${(i % 4) + 1}`} aria-hidden />
                  {pick(ms.title)}
                </th>
                <td className="nw" data-l={m.month}>
                  <span>{m.months(ms.months)}</span>
                </td>
                <td className="mut sm" data-l={m.evidence}>
                  <span>{pick(ms.evidence)}</span>
                </td>
                <td className="r num nw" data-l={m.share}>
                  <span>{Math.round((ms.tranche_minor / text.purse_minor) * 1000) / 10}%</span>
                </td>
                <td className="r num nw" data-l={m.amount}>
                  <span>{amount(ms.tranche_minor)}</span>
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={4}>
                {m.sum}
              </th>
              <td className="r num nw" data-l={m.amount}>
                <span>{amount(text.purse_minor)}</span>
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  );
}

function Draws({ topicId }: { topicId: string }) {
  const draws = useQuery(read('/api/v1/topics/{topic_id}/draw-commitments', { path: { topic_id: topicId } }));
  if (!draws.data?.length) return null;
  return (
    <section id="draws">
      <h2>{m.draws}</h2>
      <p>{m.drawsAbout}</p>
      {draws.data.map((d) => (
        <Panel
          key={d.n}
          title={m.draw(d.n)}
          aside={
            <Link className="sm" to="/topics/$topicId/draws/$n" params={{ topicId, n: String(d.n) }}>
              {m.record(d.n)}
            </Link>
          }
        >
          <dl className="kv sm">
            <dt>{m.commitment}</dt>
            <dd className="mono hash">{d.commitment}</dd>
            <dt>{m.committed}</dt>
            <dd>
              <When at={d.committed_at} />
            </dd>
            <dt>{m.drawn}</dt>
            <dd>{d.drawn_at ? <When at={d.drawn_at} /> : m.notYet}</dd>
          </dl>
        </Panel>
      ))}
    </section>
  );
}

function toCalendar(topic: Topic) {
  const file = deadline({
    id: topic.id,
    title: named(m.closes, pick(topic.text.title)),
    at: topic.closes_at,
    url: window.location.href,
    stamp: new Date(now()).toISOString(),
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file], { type: 'text/calendar' }));
  link.download = `${topic.code}.ics`;
  link.click();
  URL.revokeObjectURL(link.href);
}
