/** Exact scores, written by the server as "numerator/denominator". */

const DIGITS = 6;

/** A fraction as a decimal, unrounded: all its digits if there are at most six, else six and an ellipsis. */
export function unrounded(fraction: string): string {
  const [above = '0', below = '1'] = fraction.split('/');
  const n = BigInt(above);
  const d = BigInt(below);
  let rest = n % d;
  let digits = '';
  while (rest > 0n && digits.length < DIGITS) {
    rest *= 10n;
    digits += rest / d;
    rest %= d;
  }
  const whole = n / d;
  return `${whole}${digits && `.${digits}`}${rest > 0n ? '…' : ''}`;
}

/** A fraction with two decimals, for reading. */
export function rounded(fraction: string): string {
  const [above = '0', below = '1'] = fraction.split('/');
  return (Number(above) / Number(below)).toFixed(2);
}

/** The standard deviation behind a variance: how far the reviewers' totals lie apart, in points. */
export function deviation(variance: string): number {
  const [above = '0', below = '1'] = variance.split('/');
  return Math.sqrt(Number(above) / Number(below));
}

/** Applications whose unrounded scores are equal. */
export function tied(ranking: readonly { application_id: string; score: string }[]): Set<string> {
  const by = new Map<string, string[]>();
  for (const one of ranking) by.set(one.score, [...(by.get(one.score) ?? []), one.application_id]);
  return new Set([...by.values()].filter((ids) => ids.length > 1).flat());
}
