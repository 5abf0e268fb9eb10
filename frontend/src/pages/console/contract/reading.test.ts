import { expect, it } from 'vitest';
import { inOrder, nameOf, written } from './reading';

it('calls what people sign by its name', () => {
  expect(nameOf('ip_terms')).toBe('知识产权');
  expect(nameOf('n', 'topic')).toBe('版本');
  expect(nameOf('n', 'milestones')).toBe('序号');
  expect(nameOf('name', 'lead_person')).toBe('姓名');
  expect(nameOf('name', 'lead_org')).toBe('名称');
  expect(nameOf('0', 'milestones')).toBe('1');
  expect(nameOf('of_a_later_version')).toBe('of_a_later_version');
});

it('puts what names a thing before its digests, and leaves rows alone', () => {
  const keys = (value: object) => inOrder(Object.entries(value)).map(([key]) => key);
  expect(keys({ id: 1, later: 2, sha256: 3, name: 4, number: 5 })).toEqual(['number', 'name', 'id', 'sha256', 'later']);
  expect(keys(['b', 'a', 'c'])).toEqual(['0', '1', '2']);
});

it('writes figures as the pages do', () => {
  expect(written('amount_minor', 1_500_000_00)).toBe('1,500,000.00');
  expect(written('share_bp', 6250)).toBe('62.5%');
  expect(written('comparator', '>=')).toBe('≥');
  expect(written('authoritative', 'zh')).toBe('中文');
  expect(written('sign_by', '2027-01-08T16:00:00+00:00')).toContain('01-09');
  expect(written('promised_value', null)).toBe('–');
  expect(written('threshold', '140')).toBe('140');
});
