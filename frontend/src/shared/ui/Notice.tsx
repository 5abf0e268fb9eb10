import { IconAlertTriangle, IconCircleCheck, IconEyeOff, IconInfoCircle, IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { m } from './messages';

const icons = {
  info: IconInfoCircle,
  warn: IconAlertTriangle,
  danger: IconAlertTriangle,
  ok: IconCircleCheck,
  seal: IconLock,
};

/** A remark on the page. `live` announces it: `status` politely, `alert` at once. */
export function Notice({
  tone = 'info',
  title,
  children,
  live,
  actions,
}: {
  tone?: keyof typeof icons;
  title?: ReactNode;
  children?: ReactNode;
  live?: 'status' | 'alert';
  actions?: ReactNode;
}) {
  const Icon = icons[tone];
  return (
    <div className={`alert ${tone}`} role={live}>
      <Icon className="i" aria-hidden />
      <div className="grow">
        {title && <span className="b">{title}</span>}
        {children}
        {actions && <div className="row acts">{actions}</div>}
      </div>
    </div>
  );
}

/** The blind promise, on every reviewer's page. */
export function BlindBadge() {
  return (
    <span className="badge seal" title={m.blindLong}>
      <IconEyeOff className="i" aria-hidden />
      {m.blind}
    </span>
  );
}
