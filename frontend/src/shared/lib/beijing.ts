/** A datetime-local field that means Beijing time (UTC+8, without summer time). */
export function toField(instant: string | null): string {
  if (!instant) return '';
  return new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16);
}

/** The instant of a field's text; null while it is incomplete. */
export function fromField(text: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}:00+08:00`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
