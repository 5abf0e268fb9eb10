/** A bar of `value` out of `of` (an SVG: the policy allows no style attributes). */
export function Meter({
  value,
  of,
  label,
  tone = 1,
}: {
  value: number;
  of: number;
  label: string;
  tone?: 1 | 3 | 4 | 5;
}) {
  const share = of > 0 ? Math.max(0, Math.min(1, value / of)) : 0;
  return (
    <svg
      className="bar"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={value}
    >
      <rect className="tr" width="100" height="8" rx="2" />
      <rect className={`f${tone}`} width={share * 100} height="8" rx="2" />
    </svg>
  );
}
