/** Where a readiness finding points (RFC 6901, into the draft): how people call the place, and where it is written. */
import { m } from './messages';
import type { Work } from './work';

/** Each part of a draft by its name; what the editor settles itself (the taxonomy, the source) is never wanting. */
const PARTS: Record<Exclude<keyof Work['text'], 'taxonomy' | 'source'> | 'closes_at', string> = {
  ...m.fields,
  authoritative: m.authoritative,
  track: m.track,
  secondary_tracks: m.secondaryTracks,
  directions: m.directions,
  currency: m.currency,
  purse_minor: m.purse,
  award_count: m.awards,
  closes_at: m.closes,
  indicators: m.indicators,
  criteria: m.criteria,
  milestones: m.milestones,
};
const CELLS: Record<string, string> = {
  name: m.name,
  title: m.name,
  method: m.method,
  months: m.months,
  evidence: m.evidence,
};

function path(pointer: string): string[] {
  return pointer.replace(/^\/(text\/)?/, '').split('/');
}

/** `/text/milestones/1/evidence/en` → `里程碑 2 · 证明材料`. The sentence itself says which language is wanting. */
export function labelOf(pointer: string): string {
  const [part = '', row, cell = ''] = path(pointer);
  const nth = m.nth[part as keyof typeof m.nth];
  if (!nth || row === undefined) return PARTS[part as keyof typeof PARTS] ?? part;
  return [nth(Number(row) + 1), CELLS[cell]].filter(Boolean).join(' · ');
}

/** The ids under which the place may be found in the editor, the nearest first: `/text/title/en` → `title-en`, … */
export function fieldsOf(pointer: string): string[] {
  const at = path(pointer);
  const [part = ''] = at;
  const exact = at.join('-');
  // These have no field of their own: the currency is the purse's, the other tracks stand with the first.
  const beside: Record<string, string> = { currency: 'purse_minor', secondary_tracks: 'track', directions: 'track' };
  return [...new Set([exact, `${exact}-zh`, part, beside[part]])].filter((id) => id !== undefined);
}
