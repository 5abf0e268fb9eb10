import { describe, expect, it } from 'vitest';
import { localeOf, otherLanguage, pick, plural } from '.';

describe('languages', () => {
  it('live in the address', () => {
    expect(localeOf('/')).toBe('zh-CN');
    expect(localeOf('/english')).toBe('zh-CN');
    expect(localeOf('/en')).toBe('en');
    expect(localeOf('/en/topics/1')).toBe('en');
    expect(otherLanguage('/topics/1?q=x#a')).toBe('/en/topics/1?q=x#a');
    expect(otherLanguage('/')).toBe('/en');
  });

  it('stand in for each other where one is missing', () => {
    expect(pick({ zh: '题', en: 'Topic' })).toBe('题');
    expect(pick({ zh: '', en: 'Topic' })).toBe('Topic');
    expect(pick(null)).toBe('');
    expect(plural(1, 'day')).toBe('1 day');
    expect(plural(1200, 'day')).toBe('1,200 days');
  });
});

describe('words', () => {
  const places = import.meta.glob(
    ['../../**/{messages,words}.ts', '../../shared/lib/roles.ts', '../../shared/api/client.ts'],
    { query: '?raw', import: 'default', eager: true },
  );

  it('are Chinese in Chinese and hold no Chinese in English', () => {
    expect(Object.keys(places).length).toBeGreaterThan(1);
    for (const [place, source] of Object.entries(places as Record<string, string>)) {
      for (const [, body] of source.matchAll(/messages\(([\s\S]*?)\n\);/g)) {
        const english = body!.slice(body!.indexOf('\n  },\n  {'));
        const chinese = english.split('\n').filter((line) => /[\u4e00-\u9fff]/.test(line) && !line.includes('中文'));
        expect(chinese, place).toEqual([]);
        // Chinese typefaces draw these as wide as a character: English has ' " ( ) of its own.
        const wide = english.split('\n').filter((line) => /[‘’“”（）：，。、；]/.test(line));
        expect(wide, place).toEqual([]);
      }
    }
  });
});
