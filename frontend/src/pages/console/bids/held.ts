type Copy = { application_id: string; receipt_no: string; status: string; held_code: string | null };
type Held = { application_id: string; receipt_no: string; code: string; seats: number };

/** The applications of which copies are held, each once: why, and for how many seats. */
export function byApplication(copies: readonly Copy[]): Held[] {
  const found = new Map<string, Held>();
  for (const one of copies) {
    if (one.status !== 'held') continue;
    const before = found.get(one.application_id);
    if (before) before.seats += 1;
    else {
      const { application_id, receipt_no, held_code } = one;
      found.set(application_id, { application_id, receipt_no, code: held_code ?? '', seats: 1 });
    }
  }
  return [...found.values()];
}
