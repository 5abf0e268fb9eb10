import { expect, it } from 'vitest';
import { fieldsOf, labelOf } from './findings';

// What the server can name: each part that it requires, each text in a language, each figure that does not add up.
const PARTS =
  'authoritative track title problem baseline gap acceptance ip_terms indicators currency purse_minor award_count criteria milestones';
const TEXTS =
  'title problem baseline gap acceptance ip_terms indicators/0/name indicators/0/method criteria/1/name milestones/2/title milestones/2/evidence';
const POINTERS = [
  '/closes_at',
  ...PARTS.split(' ').map((part) => `/text/${part}`),
  ...TEXTS.split(' ').flatMap((text) => [`/text/${text}/zh`, `/text/${text}/en`]),
  '/text/secondary_tracks/0',
  '/text/directions',
  '/text/directions/3',
  '/text/milestones/1/months',
];

it.each(POINTERS)('calls %s by its name', (pointer) => {
  expect(labelOf(pointer)).toMatch(/[\u4e00-\u9fff]/);
  expect(labelOf(pointer)).not.toMatch(/[a-z_/]{3}/);
});

it('tells rows and their cells apart', () => {
  expect(labelOf('/text/title/en')).toBe('榜题名称');
  expect(labelOf('/text/criteria')).toBe('评审标准');
  expect(labelOf('/text/indicators/1/method/en')).toBe('指标 2 · 测试方法');
  expect(labelOf('/text/milestones/0/evidence/zh')).toBe('里程碑 1 · 证明材料');
});

it('leads to the nearest field', () => {
  expect(fieldsOf('/text/title')).toEqual(['title', 'title-zh']);
  expect(fieldsOf('/text/title/en')[0]).toBe('title-en');
  expect(fieldsOf('/closes_at')[0]).toBe('closes_at');
  expect(fieldsOf('/text/milestones/1/months')).toEqual([
    'milestones-1-months',
    'milestones-1-months-zh',
    'milestones',
  ]);
  expect(fieldsOf('/text/currency')).toContain('purse_minor');
  expect(fieldsOf('/text/directions/3').slice(-2)).toEqual(['directions', 'track']);
});
