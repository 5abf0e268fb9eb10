/** How somebody stands to the seats of a row: drawn, a reserve, out, or left over. */
import type { Answer } from '@/shared/api';

export type Report = Answer<'/api/v1/officer/draws/{draw_id}'>;
export type Standing =
  | { is: 'drawn'; reason: { zh?: string; en?: string } }
  | { is: 'reserve'; place: number }
  | { is: 'recused'; reasons: string[] }
  | { is: 'barred' }
  | { is: 'chance' | 'none' };

/** The row of an expert's kind on the panel of `unit` (null: the topic's one panel), -1 where it has none. */
export function rowOf(report: Report, unit: string | null, kind: string): number {
  return report.rows.findIndex((row) => row.application_id === unit && row.kind === kind);
}

export function standing(report: Report, row: number, expert: number): Standing {
  const who = report.roster[expert];
  if (!who) return { is: 'none' };
  const seat = report.seats.find((s) => s.row === row && s.expert_id === who.expert_id);
  if (seat) return { is: 'drawn', reason: seat.reason };
  if (who.recusals.length > 0 && who.similarities.every((s) => s === null)) {
    return { is: 'recused', reasons: who.recusals };
  }
  if (who.similarities[row] === null) return { is: 'barred' };
  const place = report.reserves[row]?.indexOf(who.expert_id) ?? -1;
  if (place >= 0) return { is: 'reserve', place: place + 1 };
  return { is: who.chances[row] ? 'chance' : 'none' };
}

/** How many panels each expert was drawn for, in the roster's order. */
export function loads(report: Report): number[] {
  return report.roster.map((who) => report.seats.filter((s) => s.expert_id === who.expert_id).length);
}

/** Places in the roster: who was drawn, then reserves in their order, then by chance, those who are out last. */
export function ordered(report: Report, unit: string | null): number[] {
  const rank = report.roster.map((who, place) => {
    const row = rowOf(report, unit, who.kind);
    const s = standing(report, row, place);
    const late = { drawn: 0, reserve: 1, chance: 2, none: 3, barred: 4, recused: 5 }[s.is];
    return { place, late, row, next: s.is === 'reserve' ? s.place : -(who.chances[row] ?? 0) };
  });
  return rank.sort((a, b) => a.late - b.late || a.row - b.row || a.next - b.next).map((r) => r.place);
}

export const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)}%`;
