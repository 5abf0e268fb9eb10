import { purse, yuan } from '@/shared/lib/money';

/** An amount for reading: figure and unit. */
export function Purse({ minor, currency = 'CNY' }: { minor: number; currency?: string }) {
  const { figure, unit } = purse(minor, currency);
  return (
    <span className="nw">
      <b className="num">{figure}</b> <span className="mut sm">{unit}</span>
    </span>
  );
}

/** An amount in a table whose head says the unit. */
export function Amount({ minor }: { minor: number }) {
  return <span className="num nw">{yuan(minor)}</span>;
}
