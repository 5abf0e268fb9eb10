/** Scores and comments of one review. */
import { pick } from '@/shared/i18n';
import { m } from './messages';

export type Scores = { scores: Record<string, number>; comments: Record<string, string> };
export type Criterion = { code: string; name: { zh?: string; en?: string }; weight: number; score_max: number };

/** Up to here every score is a radio button; above, a number is typed and the steps are short cuts. */
const FEW = 10;
const STEPS = 5;

/** The scores on offer with one press: all of 0…`most` where they are few, else its fifths. */
export function offered(most: number): { all: boolean; scores: number[] } {
  return most <= FEW
    ? { all: true, scores: Array.from({ length: most + 1 }, (_, n) => n) }
    : { all: false, scores: Array.from({ length: STEPS }, (_, n) => Math.round(((n + 1) * most) / STEPS)) };
}

/** A typed score: a whole number from 0 to `most`, in digits of either width, else undefined. */
export function parsed(text: string, most: number): number | undefined {
  const digits = text.normalize('NFKC').trim();
  const score = /^\d{1,6}$/.test(digits) ? Number(digits) : undefined;
  return score !== undefined && score <= most ? score : undefined;
}

/** The weighted total out of 100, what is not scored counting nothing, and how many criteria and how much weight are scored. */
export function total(criteria: readonly Criterion[], scores: Record<string, number>) {
  let sum = 0;
  let share = 0;
  let count = 0;
  for (const c of criteria) {
    const given = scores[c.code];
    if (given === undefined) continue;
    sum += (given / c.score_max) * c.weight;
    share += c.weight;
    count += 1;
  }
  return { sum: Math.round(sum * 100) / 100, share, count };
}

/** Where a criterion's score is entered: the field, or the first radio button. */
export const scoreId = (code: string): string => `score-${code}`;
export const commentId = (code: string): string => `comment-${code}`;

/** What keeps a review from being submitted; each leads to its field. Characters are counted as the server does. */
export function missing(criteria: readonly Criterion[], given: Scores, least: number): { id: string; text: string }[] {
  return criteria.flatMap((c) => [
    ...(given.scores[c.code] === undefined ? [{ id: scoreId(c.code), text: m.needScore(pick(c.name)) }] : []),
    ...([...(given.comments[c.code] ?? '').trim()].length < least
      ? [{ id: commentId(c.code), text: m.needComment(pick(c.name), least) }]
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
  if (!/^\d$/.test(event.key)) return null;
  const n = Number(event.key);
  const { all, scores } = offered(most);
  return (all ? scores[n] : scores[n - 1]) ?? null;
}
