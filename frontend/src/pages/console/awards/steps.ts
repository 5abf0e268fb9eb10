/** Where an award list stands among its five steps. */
export const STEPS = ['propose', 'decide', 'notice', 'confirm', 'contract'] as const;
export type Step = (typeof STEPS)[number];
export type Standing = 'done' | 'now' | 'later';

/** `made` are contracts that exist, `winners` those that are to exist; the notice's end is told by the server. */
export function standing(
  list: { status: string; notice_id: string | null } | undefined,
  winners: number,
  made: number,
): Record<Step, Standing> {
  const at = !list
    ? 0
    : list.status === 'proposed'
      ? 1
      : list.notice_id === null
        ? 2
        : list.status === 'decided'
          ? 3
          : made < winners
            ? 4
            : 5;
  const of = (i: number): Standing => (i < at ? 'done' : i === at ? 'now' : 'later');
  return { propose: of(0), decide: of(1), notice: of(2), confirm: of(3), contract: of(4) };
}
