import { expect, it } from 'vitest';
import { deviation, rounded, tied, unrounded } from './exact';

it('writes a score out without rounding it', () => {
  expect(unrounded('86/1')).toBe('86');
  expect(unrounded('1729/20')).toBe('86.45');
  expect(unrounded('260/3')).toBe('86.666666…');
  expect(unrounded('1/128')).toBe('0.007812…');
  expect(unrounded('1/64')).toBe('0.015625');
  expect(unrounded('0/1')).toBe('0');
});

it('keeps apart what two decimals make equal', () => {
  expect(unrounded('86451/1000')).not.toBe(unrounded('86452/1000'));
});

it('rounds for reading', () => {
  expect(rounded('260/3')).toBe('86.67');
});

it('turns a variance into points', () => {
  expect(deviation('9/1')).toBe(3);
  expect(deviation('0/1')).toBe(0);
});

it('finds equal scores by the exact value', () => {
  const ranking = [
    { application_id: 'a', score: '86/1' },
    { application_id: 'b', score: '86/1' },
    { application_id: 'c', score: '85999/1000' },
  ];
  expect(tied(ranking)).toEqual(new Set(['a', 'b']));
});
