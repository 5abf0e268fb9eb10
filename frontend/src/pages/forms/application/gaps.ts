/** What still keeps a bid from being submitted, each with the field that it leads to. The server checks again. */
import type { Answer } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { m } from './messages';

export type Answers = {
  part_a: { contact_name?: string | null; contact_email?: string | null; contact_phone?: string | null };
  part_b: {
    title?: string | null;
    approach?: string | null;
    work_plan?: string | null;
    budget?: string | null;
    risk?: string | null;
    promised?: Record<string, string>;
  };
};
type Indicator = Answer<'/api/v1/topics/{topic_id}'>['text']['indicators'][number];
type File = Pick<Answer<'/api/v1/teams/{team_id}/materials'>[number], 'part' | 'status'>;
type Org = Pick<Answer<'/api/v1/teams/{team_id}'>['orgs'][number], 'work_bp' | 'share_bp'>;
export type Gap = { id: string; text: string; section: 'a' | 'b' | 'files' | 'team' };

export const PART_A = ['contact_name', 'contact_email', 'contact_phone'] as const;
export const PART_B = ['title', 'approach', 'work_plan', 'budget', 'risk'] as const;

export function gapsOf(
  answers: Answers,
  indicators: readonly Indicator[],
  files: readonly File[],
  orgs: readonly Org[],
): Gap[] {
  const gaps: Gap[] = [];
  for (const name of PART_A) if (!answers.part_a[name]) gaps.push({ id: name, text: m.needed[name], section: 'a' });
  for (const name of PART_B) if (!answers.part_b[name]) gaps.push({ id: name, text: m.needed[name], section: 'b' });
  for (const i of indicators) {
    const given = answers.part_b.promised?.[i.code];
    if (!given) gaps.push({ id: `promise-${i.code}`, text: m.neededPromise(pick(i.name)), section: 'b' });
    else if (!meets(given, i)) gaps.push({ id: `promise-${i.code}`, text: m.worse(pick(i.name)), section: 'b' });
  }
  if (!files.some((f) => f.part === 'part_a' && f.status !== 'refused'))
    gaps.push({ id: 'files', text: m.neededA, section: 'files' });
  if (!files.some((f) => f.part === 'part_b' && f.status !== 'refused'))
    gaps.push({ id: 'files', text: m.neededB, section: 'files' });
  if (files.some((f) => f.status === 'pending')) gaps.push({ id: 'files', text: m.waiting, section: 'files' });
  const sum = (pickBp: (o: Org) => number) => orgs.reduce((total, o) => total + pickBp(o), 0);
  if (sum((o) => o.work_bp) !== 10_000 || sum((o) => o.share_bp) !== 10_000)
    gaps.push({ id: 'shares', text: m.neededShares, section: 'team' });
  return gaps;
}

/** A promise is a plain decimal number that is at least as good as what the topic demands. */
export function meets(
  promise: string,
  { comparator, threshold }: Pick<Indicator, 'comparator' | 'threshold'>,
): boolean {
  const given = Number(promise);
  const wanted = Number(threshold);
  if (!Number.isFinite(given) || !Number.isFinite(wanted)) return true;
  return comparator === '>=' ? given >= wanted : comparator === '<=' ? given <= wanted : given === wanted;
}

/** `60.5` % as basis points; null when it is no share. */
export function basisPoints(percent: string): number | null {
  const plain = percent.normalize('NFKC').trim();
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(plain)) return null;
  const points = Math.round(Number(plain) * 100);
  return points <= 10_000 ? points : null;
}
