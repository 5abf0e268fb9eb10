import { describe, expect, it } from 'vitest';
import { dateTime, day, remaining } from './time';

const at = (text: string) => Date.parse(text);

describe('time', () => {
  it('is Beijing time', () => {
    expect(dateTime('2020-12-18T09:00:00Z')).toBe('2020-12-18 周五 17:00');
    expect(dateTime('2020-12-31T16:30:00Z')).toBe('2021-01-01 周五 00:30');
    expect(day('2026-12-18')).toBe('2026-12-18');
  });

  it('counts days, then hours, then seconds', () => {
    const end = '2026-12-18T09:00:00Z';
    expect(remaining(end, at('2026-12-08T08:59:00Z'))).toMatchObject({ text: '10 天', soon: false, past: false });
    expect(remaining(end, at('2026-12-16T06:30:00Z'))).toMatchObject({ text: '2 天 2 小时 30 分', soon: true });
    expect(remaining(end, at('2026-12-18T08:00:01Z')).text).toBe('59:59');
    expect(remaining(end, at('2026-12-18T09:00:00Z'))).toMatchObject({ past: true, text: '00:00' });
  });
});
