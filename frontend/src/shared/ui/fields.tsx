/** Form fields: label above, help between, error below with how to put it right. */
import { IconAlertCircle } from '@tabler/icons-react';
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
} from 'react';
import { m } from './messages';

type Common = { label: ReactNode; hint?: ReactNode; error?: ReactNode; optional?: boolean; lang?: string };

function Frame({ id, label, hint, error, optional, lang, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="f">
      <label htmlFor={id}>
        {label}
        {optional && <span className="dim sm"> {m.optional}</span>}
      </label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div lang={lang}>{children}</div>
      {error && (
        <p className="t-danger sm" id={`${id}-error`}>
          <IconAlertCircle className="i" aria-hidden /> {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, hint: ReactNode, error: ReactNode) {
  return {
    'aria-describedby': [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined,
    'aria-invalid': error ? true : undefined,
  };
}

export function TextField({
  label,
  hint,
  error,
  optional,
  id,
  className,
  lang,
  ...rest
}: Common & InputHTMLAttributes<HTMLInputElement>) {
  const made = useId();
  const at = id ?? made;
  return (
    <Frame {...{ id: at, label, hint, error, optional, lang }}>
      <input
        id={at}
        className={`in${error ? ' bad' : ''}${className ? ` ${className}` : ''}`}
        {...described(at, hint, error)}
        {...rest}
      />
    </Frame>
  );
}

/** Grows with its text. `max` shows how many characters are used. */
export function TextArea({
  label,
  hint,
  error,
  optional,
  id,
  max,
  lang,
  ...rest
}: Common & TextareaHTMLAttributes<HTMLTextAreaElement> & { max?: number }) {
  const made = useId();
  const at = id ?? made;
  const length = typeof rest.value === 'string' ? rest.value.length : 0;
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // field-sizing does this where the browser knows it.
    const box = area.current;
    if (box && !CSS.supports?.('field-sizing', 'content')) {
      box.rows = Math.min(30, Math.max(rest.rows ?? 3, box.value.split('\n').length + 1));
    }
  });
  return (
    <Frame {...{ id: at, label, hint, error, optional, lang }}>
      <textarea
        id={at}
        ref={area}
        rows={3}
        className={`in grows${error ? ' bad' : ''}`}
        {...described(at, hint, error)}
        {...rest}
      />
      {max !== undefined && (
        <p className="cnt">
          <span className={length > max ? 't-danger' : undefined}>{m.characters(length, max)}</span>
        </p>
      )}
    </Frame>
  );
}

export function Choice({
  label,
  hint,
  error,
  optional,
  id,
  lang,
  children,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const made = useId();
  const at = id ?? made;
  return (
    <Frame {...{ id: at, label, hint, error, optional, lang }}>
      <select id={at} className={`in${error ? ' bad' : ''}`} {...described(at, hint, error)} {...rest}>
        {children}
      </select>
    </Frame>
  );
}

/** A box to tick, its words beside it. */
export function Tick({ children, ...rest }: InputHTMLAttributes<HTMLInputElement> & { children: ReactNode }) {
  return (
    <label className="opt">
      <input type="checkbox" {...rest} />
      <span>{children}</span>
    </label>
  );
}

/** One of several, all in view. */
export function Radios<V extends string>({
  legend,
  name,
  value,
  options,
  onChange,
}: {
  legend: ReactNode;
  name: string;
  value: V | null;
  options: readonly { value: V; label: ReactNode }[];
  onChange: (value: V) => void;
}) {
  return (
    <fieldset className="f">
      <legend className="lab">{legend}</legend>
      {options.map((o) => (
        <label className="opt" key={o.value}>
          <input type="radio" name={name} checked={value === o.value} onChange={() => onChange(o.value)} />
          <span>{o.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** All faults of a form at once; takes the focus when it appears, each line leads to its field. */
export function ErrorSummary({ faults }: { faults: readonly { id: string; text: string }[] }) {
  const box = useRef<HTMLDivElement>(null);
  const some = faults.length > 0;
  useEffect(() => {
    if (some) box.current?.focus();
  }, [some]);
  if (!some) return null;
  return (
    <div className="alert danger" role="alert" tabIndex={-1} ref={box}>
      <IconAlertCircle className="i" aria-hidden />
      <div className="grow">
        <span className="b">{m.summary(faults.length)}</span>
        <ul className="bullets">
          {faults.map((f) => (
            <li key={f.id + f.text}>
              <a
                href={`#${f.id}`}
                onClick={(event) => {
                  event.preventDefault();
                  document.getElementById(f.id)?.focus();
                }}
              >
                {f.text}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
