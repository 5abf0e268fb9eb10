/**
 * Two languages, each an original. Words live beside the page that says them:
 *
 *     export const m = messages({ save: '保存', days: (n: number) => `${n} 天` }, { save: 'Save', days: (n) => plural(n, 'day') });
 *
 * A key missing in either language, or of another shape, is a type error. The language is part of the address
 * (`/…` Chinese, `/en/…` English), so it is fixed for the life of a page.
 */
export type Locale = 'zh-CN' | 'en';

/** The language that an address asks for. */
export function localeOf(pathname: string): Locale {
  return pathname === '/en' || pathname.startsWith('/en/') ? 'en' : 'zh-CN';
}

export const locale: Locale = localeOf(window.location.pathname);
export const english = locale === 'en';
export const basepath = english ? '/en' : '/';

// A message is words, sentences in a row, or words with values in them.
type Message = string | readonly string[] | ((...values: never[]) => unknown);
type Dictionary = { readonly [key: string]: Message | Dictionary };

/** The words of one place in the language of this page; `en` must have the keys and shapes of `zh`. */
export function messages<T extends Dictionary>(zh: T, en: NoInfer<T>): T {
  return english ? en : zh;
}

/** `1 day`, `3 days`: English alone needs it. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** A name before what it names: `理由：迟到`, `Reason: late`. */
export const named = (name: string, what: string): string => `${name}${english ? ': ' : '：'}${what}`;

/** Something said in passing: `名称（中文）`, `Title (Chinese)`. */
export const inPassing = (what: string, aside: string): string =>
  english ? `${what} (${aside})` : `${what}（${aside}）`;

/** The side of a bilingual text to show, and the language it is written in (the other where this one is missing). */
export function pick(text: { zh?: string | null; en?: string | null } | null | undefined): string {
  return (english ? text?.en || text?.zh : text?.zh || text?.en) ?? '';
}

/** The same page in the other language, with its query and fragment. */
export function otherLanguage(href: string): string {
  const rest = english ? href.replace(/^\/en(?=\/|$|\?|#)/, '') : `/en${href === '/' ? '' : href}`;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
