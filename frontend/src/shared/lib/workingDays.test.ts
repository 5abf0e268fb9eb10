import { describe, expect, it } from 'vitest';
import { beijingDay, isWorkingDay, workingDays } from './workingDays';

const calendars = [
  {
    year: 2026,
    holiday_ranges: [['2026-05-01', '2026-05-05', '劳动节']],
    makeup_workdays: ['2026-05-09'],
  },
];

describe('working days', () => {
  it('are those of the official notice, not Monday to Friday', () => {
    expect(isWorkingDay('2026-05-04', calendars)).toBe(false);
    expect(isWorkingDay('2026-05-09', calendars)).toBe(true);
    expect(isWorkingDay('2026-05-10', calendars)).toBe(false);
    expect(isWorkingDay('2027-03-01', calendars)).toBe(true);
  });

  it('count from the day after the notice to its last day', () => {
    // Given on 30 April, ended at 24:00 on 11 May: Labour Day lies between, Saturday 9 May is worked.
    expect(workingDays('2026-04-30T01:00:00Z', '2026-05-11T16:00:00Z', calendars)).toEqual([
      '2026-05-06',
      '2026-05-07',
      '2026-05-08',
      '2026-05-09',
      '2026-05-11',
    ]);
  });

  it('begin with the day in Beijing', () => {
    expect(beijingDay('2026-04-29T16:30:00Z')).toBe('2026-04-30');
  });
});
