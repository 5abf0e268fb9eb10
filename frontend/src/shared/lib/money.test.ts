import { describe, expect, it } from 'vitest';
import { grouped, parseYuan, purse, yuan } from './money';

describe('money', () => {
  it('is shown exactly', () => {
    expect(yuan(123_456_789_01)).toBe('123,456,789.01');
    expect(yuan(-5)).toBe('−0.05');
    expect(purse(1_800_0000_00)).toEqual({ figure: '1,800', unit: '万元' });
    expect(purse(8_4000_0000_00)).toEqual({ figure: '8.4', unit: '亿元' });
    expect(purse(9_999_00)).toEqual({ figure: '9,999', unit: '元' });
  });

  it('is read as typed, or not at all', () => {
    expect(parseYuan('１，２００．５')).toBe(120_050);
    expect(parseYuan('1,200.50')).toBe(120_050);
    expect(parseYuan('0.1')).toBe(10);
    for (const bad of ['', '1.234', '-5', '1e3', 'abc', '1.', '12345678901234']) expect(parseYuan(bad)).toBeNull();
  });

  it('comes back as it went', () => {
    for (let fen = 0; fen < 200_000; fen += 37) expect(parseYuan(yuan(fen))).toBe(fen);
  });
});

it('groups a sum in a sentence, with cents only where there are any', () => {
  expect(grouped(1_500_000_000)).toBe('15,000,000');
  expect(grouped(123_456)).toBe('1,234.56');
  expect(grouped(0)).toBe('0');
});
