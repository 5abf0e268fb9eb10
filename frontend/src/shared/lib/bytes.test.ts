import { expect, it } from 'vitest';
import { fileSize } from './bytes';

it.each([
  [0, '0 KB'],
  [1, '1 KB'],
  [3_500, '4 KB'],
  [1024 * 1023, '1023 KB'],
  [1024 * 1024 - 1, '1.0 MB'],
  [1_572_864, '1.5 MB'],
  [52_428_800, '50.0 MB'],
])('says what %i bytes are: %s', (bytes, said) => {
  expect(fileSize(bytes)).toBe(said);
});
