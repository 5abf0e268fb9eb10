/** Scores and comments of one review. */
import { pick } from '@/shared/i18n';
import { m } from './messages';

export type Scores = { scores: Record<string, number>; comments: Record<string, string> };
export type Criterion = { code: string; name: { zh?: string; en?: string }; weight: number; score_max: number };

/** The weighted total of what is scored, out of 100 of the scored weight's share, and how much of the weight is scored. */
export function total(criteria: readonly Criterion[], scores: Record<string, number>): { sum: number; share: number } {
  let sum = 0;
  let share = 0;
  for (const c of criteria) {
    const given = scores[c.code];
    if (given === undefined) continue;
    sum += (given / c.score_max) * c.weight;
    share += c.weight;
  }
  return { sum: Math.round(sum * 100) / 100, share };
}

/** What keeps a review from being submitted; each leads to its field. */
export function missing(criteria: readonly Criterion[], given: Scores, least: number): { id: string; text: string }[] {
  return criteria.flatMap((c) => [
    ...(given.scores[c.code] === undefined ? [{ id: `score-${c.code}-1`, text: m.needScore(pick(c.name)) }] : []),
    ...((given.comments[c.code] ?? '').trim().length < least
      ? [{ id: `comment-${c.code}`, text: m.needComment(pick(c.name), least) }]
      : []),
  ]);
}

/** The score that a key means for a criterion; null for none. Keys in text fields, and with modifiers, mean themselves. */
export function keyed(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  target: EventTarget | null,
  most: number,
): number | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (target instanceof HTMLElement && target.matches('textarea, select, input:not([type=radio], [type=checkbox])'))
    return null;
  const score = /^[1-9]$/.test(event.key) ? Number(event.key) : null;
  return score !== null && score <= most ? score : null;
}
