import { expect, it } from 'vitest';
import { DECIMAL, freshCode } from './work';

it('names new rows apart, whatever was removed', () => {
  expect(freshCode('i', [{ code: 'i1' }, { code: 'i3' }])).toBe('i4');
  expect(freshCode('i', [{ code: 'i2' }])).toBe('i3');
  expect(freshCode('m', [])).toBe('m1');
});

it('knows what the server takes for a decimal', () => {
  for (const good of ['0', '-1', '0.38', '6000']) expect(DECIMAL.test(good)).toBe(true);
  for (const bad of ['', '01', '1.', '.5', '1e3']) expect(DECIMAL.test(bad)).toBe(false);
});
