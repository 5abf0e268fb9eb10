/** The draft as the editor holds it: the API's own shape, with every text present. */
import type { Answer } from '@/shared/api';

export type Desk = Answer<'/api/v1/officer/topics/{topic_id}'>;
export type Text = { zh?: string; en?: string };
export const PROSE = ['problem', 'baseline', 'gap', 'acceptance', 'ip_terms'] as const;
export type ProseName = (typeof PROSE)[number] | 'title';
export type Indicator = {
  code: string;
  name: Text;
  unit: string;
  comparator: '>=' | '<=' | '==';
  threshold: string;
  method: Text;
};
export type Criterion = { code: string; name: Text; weight: number };
export type Milestone = { code: string; title: Text; months: number; tranche_minor: number; evidence: Text };
export type Work = {
  funder_id: string;
  end_user_id: string;
  rule_set_id: string;
  closes_at: string | null;
  text: {
    authoritative: 'zh' | 'en' | null;
    taxonomy: string;
    track: string | null;
    secondary_tracks: string[];
    directions: string[];
    currency: string | null;
    purse_minor: number | null;
    award_count: number | null;
    indicators: Indicator[];
    criteria: Criterion[];
    milestones: Milestone[];
    source: string | null;
  } & { [K in ProseName]: Text | null };
};

/** What the server holds, as the editor edits it. */
export function workOf(topic: Desk): Work {
  return {
    funder_id: topic.funder.id,
    end_user_id: topic.end_user.id,
    rule_set_id: topic.rule_set_id,
    closes_at: topic.closes_at,
    text: {
      ...(topic.text as unknown as Work['text']),
      authoritative: topic.text.authoritative ?? 'zh',
      currency: topic.text.currency ?? 'CNY',
      award_count: topic.text.award_count ?? 1,
    },
  };
}

/** A code that no row has yet: people never see it, answers and scores refer to it. */
export function freshCode(prefix: string, rows: readonly { code: string }[]): string {
  const taken = new Set(rows.map((r) => r.code));
  let n = rows.length + 1;
  while (taken.has(`${prefix}${n}`)) n++;
  return `${prefix}${n}`;
}

export const DECIMAL = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$/;
