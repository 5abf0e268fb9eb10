/** A contract's frozen text for reading: what its keys are called, and how its figures are written. */
import { yuan } from '@/shared/lib/money';
import { dateTime } from '@/shared/lib/time';
import { m } from './messages';

const COMPARATORS: Record<string, string> = { '>=': '≥', '<=': '≤', '==': '=' };

/** A key by its name, `within` being the key above it; one that nobody has named stands as it is. Rows count from 1. */
export function nameOf(key: string, within = ''): string {
  if (/^\d+$/.test(key)) return String(Number(key) + 1);
  return m.names[`${within}.${key}`] ?? m.names[key] ?? key;
}

const ORDER = Object.keys(m.names);

/** What stands under `within` in the order of the names: storage keeps no order of its own. Rows keep theirs. */
export function inOrder(entries: [string, unknown][], within = ''): [string, unknown][] {
  const place = (key: string) => {
    const at = Math.max(ORDER.indexOf(`${within}.${key}`), ORDER.indexOf(key));
    return at < 0 ? ORDER.length : at;
  };
  return entries.toSorted(([a], [b]) => place(a) - place(b));
}

/** A value in the reader's notation: money in 元, shares in percent, instants in Beijing time. */
export function written(key: string, value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number' && key.endsWith('_minor')) return yuan(value);
  if (typeof value === 'number' && key.endsWith('_bp')) return `${value / 100}%`;
  if (typeof value === 'string') {
    if (key === 'comparator') return COMPARATORS[value] ?? value;
    if (key === 'authoritative') return m.languages[value] ?? value;
    if (key === 'sign_by') return dateTime(value);
  }
  return String(value);
}
