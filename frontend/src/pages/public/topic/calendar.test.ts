import { expect, it } from 'vitest';
import { deadline } from './calendar';

it('is what RFC 5545 asks for', () => {
  const file = deadline({
    id: 'a',
    title: '寒区微电网；截止, '.repeat(9),
    at: '2026-12-18T09:00:00Z',
    url: 'https://jiebang.example/topics/a',
    stamp: '2026-11-22T00:00:00Z',
  });
  for (const line of file.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  const unfolded = file.replace(/\r\n /g, '');
  expect(unfolded).toContain('DTSTART:20261218T090000Z\r\n');
  expect(unfolded).toContain('SUMMARY:寒区微电网；截止\\, ');
});
