/** Instants: Beijing first, the viewer's zone second. All input is ISO 8601 in UTC. */
import { english, plural } from '@/shared/i18n';

export const BEIJING = 'Asia/Shanghai';
export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone || BEIJING;

// The server's clock decides deadlines; it says in the page what time it was when it wrote it.
const told = Date.parse(document.querySelector<HTMLMetaElement>('meta[name="server-now"]')?.content ?? '');
const ahead = Number.isNaN(told) ? 0 : told - Date.now();
/** Now by the server's clock, in ms. */
export const now = (): number => Date.now() + ahead;

function parts(instant: string | number | Date, zone: string) {
  const found: Record<string, string> = {};
  const format = new Intl.DateTimeFormat(english ? 'en-GB' : 'zh-CN', {
    timeZone: zone,
    year: 'numeric',
    month: english ? 'short' : '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  for (const part of format.formatToParts(new Date(instant))) found[part.type] = part.value;
  return found as Record<'year' | 'month' | 'day' | 'weekday' | 'hour' | 'minute' | 'second', string>;
}

/** `12-18 周五 17:00`, with the year if it is not the current one; English `Fri 18 Dec, 17:00`. */
export function dateTime(instant: string, zone = BEIJING): string {
  const p = parts(instant, zone);
  const other = p.year !== parts(now(), zone).year;
  if (english) return `${p.weekday} ${Number(p.day)} ${p.month}${other ? ` ${p.year}` : ''}, ${p.hour}:${p.minute}`;
  return `${other ? `${p.year}-` : ''}${p.month}-${p.day} ${p.weekday} ${p.hour}:${p.minute}`;
}

/** A calendar day: `2026-12-18` from an ISO date or instant, for tables; English `18 Dec 2026`. */
export function day(date: string, zone = BEIJING): string {
  const p = parts(date.length === 10 ? `${date}T04:00:00Z` : date, zone);
  return english ? `${Number(p.day)} ${p.month} ${p.year}` : `${p.year}-${p.month}-${p.day}`;
}

/** `14:03:22`, in the viewer's zone: when something was saved. */
export function clock(instant: string | number, zone = viewerZone): string {
  const p = parts(instant, zone);
  return `${p.hour}:${p.minute}:${p.second}`;
}

/** What is left until an instant: days above three days, then hours, then minutes and seconds. */
export function remaining(until: string, at = now()): { text: string; soon: boolean; past: boolean; ms: number } {
  const ms = Date.parse(until) - at;
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (n: number) => String(n).padStart(2, '0');
  let text: string;
  if (days >= 3) text = english ? plural(days, 'day') : `${days} 天`;
  else if (seconds >= 3600) {
    text = english
      ? `${days ? `${plural(days, 'day')} ` : ''}${hours} h ${minutes} min`
      : `${days ? `${days} 天 ` : ''}${hours} 小时 ${minutes} 分`;
  } else text = `${two(minutes)}:${two(seconds % 60)}`;
  return { text, soon: ms > 0 && days < 7, past: ms <= 0, ms };
}

/** A duration in plain words, for waiting: `4 分 20 秒`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (english) return minutes ? `${minutes} min${rest ? ` ${rest} s` : ''}` : `${rest} s`;
  return minutes ? `${minutes} 分${rest ? ` ${rest} 秒` : '钟'}` : `${rest} 秒`;
}

/** The viewer's zone by its city: `苏黎世时间`, `Zurich time`. */
export function zoneName(zone = viewerZone, at: string | number = now()): string {
  if (zone === BEIJING) return english ? 'Beijing time' : '北京时间';
  const named = new Intl.DateTimeFormat(english ? 'en' : 'zh-CN', { timeZone: zone, timeZoneName: 'longGeneric' })
    .formatToParts(new Date(at))
    .find((p) => p.type === 'timeZoneName');
  return named?.value ?? zone;
}
