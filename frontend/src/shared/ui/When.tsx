import { IconHourglass } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { BEIJING, dateTime, day, now, remaining, viewerZone, zoneName } from '@/shared/lib/time';
import { m } from './messages';

/** An instant in Beijing time; the viewer's own time on hover. `both` prints both, for deadlines. */
export function When({ at, both = false }: { at: string; both?: boolean }) {
  const elsewhere = viewerZone !== BEIJING;
  const local = `${dateTime(at, viewerZone)} ${zoneName(viewerZone, Date.parse(at))}`;
  return (
    <>
      <time dateTime={at} className="nw" title={elsewhere && !both ? local : undefined}>
        {dateTime(at)}
      </time>
      {both && <span className="mut"> {m.beijing}</span>}
      {both && elsewhere && (
        <span className="mut">
          {' · '}
          <time dateTime={at}>{local}</time>
        </span>
      )}
    </>
  );
}

/** A calendar day. */
export function Day({ date }: { date: string }) {
  return (
    <time dateTime={date} className="nw">
      {day(date)}
    </time>
  );
}

/** What is left, by the server's clock: days, then hours and minutes, then seconds in the last hour. */
export function Countdown({ until }: { until: string }) {
  const [at, setAt] = useState(now);
  const left = remaining(until, at);
  const everySecond = left.ms < 3_600_000;
  useEffect(() => {
    if (left.past) return;
    const timer = setInterval(() => setAt(now()), everySecond ? 1000 : 20_000);
    return () => clearInterval(timer);
  }, [everySecond, left.past]);
  if (left.past) return <b>{m.closed}</b>;
  return (
    <b className={left.soon ? 't-warn' : undefined}>
      {left.soon && <IconHourglass className="i" aria-hidden />} <span className="nw">{m.left(left.text)}</span>
    </b>
  );
}
