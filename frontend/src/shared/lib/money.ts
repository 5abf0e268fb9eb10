/** Money: integers in fen (minor units), shown exactly. */
import { english } from '@/shared/i18n';

const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

/** `1,800.00` 元: for tables, where the unit is said once in the head. */
export function yuan(minor: number): string {
  return (minor / 100).toLocaleString(english ? 'en' : 'zh-CN', two).replace('-', '−');
}

/** `15,000,000` 元: a sum in a sentence, cents only where there are any. */
export function grouped(minor: number): string {
  const digits = minor % 100 === 0 ? { maximumFractionDigits: 0 } : two;
  return (minor / 100).toLocaleString(english ? 'en' : 'zh-CN', digits).replace('-', '−');
}

/** A purse for reading: figure and unit apart. zh 万元 (above 1 亿 in 亿元); en CNY million. */
export function purse(minor: number, currency = 'CNY'): { figure: string; unit: string } {
  const units = minor / 100;
  const show = (n: number, digits: number) =>
    n.toLocaleString(english ? 'en' : 'zh-CN', { maximumFractionDigits: digits }).replace('-', '−');
  if (currency !== 'CNY') return { figure: show(units, 2), unit: currency };
  if (english) {
    return units >= 1_000_000
      ? { figure: show(units / 1_000_000, 4), unit: 'CNY million' }
      : { figure: show(units, 2), unit: 'CNY' };
  }
  if (units >= 100_000_000) return { figure: show(units / 100_000_000, 6), unit: '亿元' };
  return units >= 10_000 ? { figure: show(units / 10_000, 6), unit: '万元' } : { figure: show(units, 2), unit: '元' };
}

/** What somebody typed in 元 as fen; null when it is no amount. Full-width digits and commas are understood. */
export function parseYuan(text: string): number | null {
  const plain = text.normalize('NFKC').replace(/[,\s]/g, '');
  if (!/^\d{1,13}(\.\d{1,2})?$/.test(plain)) return null;
  const [whole = '0', cents = ''] = plain.split('.');
  return Number(whole) * 100 + Number(cents.padEnd(2, '0'));
}
