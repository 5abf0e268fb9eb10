import { english } from '@/shared/i18n';

const WORDS: Record<string, string> = { 申请: 'Proposal', 评议: 'Panel' };

/** A reviewer's alias or a panel's code, `申请 NZPC`, in the reader's language: the word changes, the code never. */
export function aliasOf(alias: string, inEnglish = english): string {
  const [word = '', code] = alias.split(' ');
  return inEnglish && code && WORDS[word] ? `${WORDS[word]} ${code}` : alias;
}
