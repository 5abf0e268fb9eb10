import { expect, it } from 'vitest';
import { locally } from './locally';

it('goes on inside only', () => {
  expect(locally('/applications/1?section=a')).toBe('/applications/1?section=a');
  expect(locally('/en/review')).toBe('/review');
  for (const bad of [undefined, '', 'https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example']) {
    expect(locally(bad)).toBe('/work');
  }
});
