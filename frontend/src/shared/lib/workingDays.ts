/** Working days of mainland China as the State Council's yearly notices have them. Days are ISO dates in Beijing. */
export type Calendar = { year: number; holiday_ranges: readonly unknown[]; makeup_workdays: readonly string[] };

const DAY_MS = 86_400_000;

/** The calendar day in Beijing on which an instant falls. */
export function beijingDay(instant: string | number): string {
  return new Date(new Date(instant).getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

export function isWorkingDay(day: string, calendars: readonly Calendar[]): boolean {
  const calendar = calendars.find((one) => one.year === Number(day.slice(0, 4)));
  if (calendar?.makeup_workdays.includes(day)) return true;
  const holidays = (calendar?.holiday_ranges ?? []) as readonly (readonly string[])[];
  if (holidays.some(([from = '', to = '']) => from <= day && day <= to)) return false;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** The working days that count of a period: from the day after it begins to the last one before it ends. */
export function workingDays(starts: string, ends: string, calendars: readonly Calendar[]): string[] {
  const last = beijingDay(Date.parse(ends) - 1);
  const days: string[] = [];
  let at = Date.parse(`${beijingDay(starts)}T00:00:00Z`);
  for (;;) {
    at += DAY_MS;
    const day = new Date(at).toISOString().slice(0, 10);
    if (day > last) return days;
    if (isWorkingDay(day, calendars)) days.push(day);
  }
}
