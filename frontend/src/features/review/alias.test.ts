import { expect, it } from 'vitest';
import { aliasOf } from './alias';

it('says a code in the reader’s language, and never another code', () => {
  expect(aliasOf('申请 NZPC', true)).toBe('Proposal NZPC');
  expect(aliasOf('评议 7KQ2', true)).toBe('Panel 7KQ2');
  expect(aliasOf('申请 NZPC', false)).toBe('申请 NZPC');
  expect(aliasOf('NZPC', true)).toBe('NZPC');
});
