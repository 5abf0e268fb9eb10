import type { ButtonHTMLAttributes } from 'react';

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** `primary` once a view; `quiet` like a link; `danger` for what cannot be undone. */
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  size?: 'small' | 'normal' | 'large';
  full?: boolean;
  /** Its deed is under way: further clicks do nothing, the button stays focusable. */
  busy?: boolean;
};

const looks = { primary: ' p', plain: '', quiet: ' q', danger: ' d' };
const sizes = { small: ' s', normal: '', large: ' lg' };

export function Button({ look = 'plain', size = 'normal', full, busy, className, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      aria-busy={busy || undefined}
      className={`btn${looks[look]}${sizes[size]}${full ? ' full' : ''}${className ? ` ${className}` : ''}`}
    />
  );
}
