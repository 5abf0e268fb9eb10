import { type InputHTMLAttributes, useState } from 'react';
import { TextField } from './fields';

type Props<T> = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange'> & {
  label: string;
  hint?: string;
  value: T | null;
  show: (value: T) => string;
  /** What was typed as a value; undefined when it is none (yet). Nothing typed is null. */
  parse: (text: string) => T | undefined;
  onValue: (value: T | null) => void;
  /** How to put right what is no value. */
  wrong: string;
};

/** A field whose text is a number, an amount, an instant: what is no value stays as typed, and is not handed on. */
export function Parsed<T>({ value, show, parse, onValue, wrong, ...rest }: Props<T>) {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (value === null ? '' : show(value));
  const bad = typed !== null && typed !== '' && parse(typed) === undefined;
  return (
    <TextField
      {...rest}
      error={bad ? wrong : undefined}
      value={text}
      onChange={(event) => {
        const next = event.target.value;
        setTyped(next);
        const read = next === '' ? null : parse(next.normalize('NFKC').trim());
        if (read !== undefined) onValue(read);
      }}
      onBlur={() => {
        if (!bad) setTyped(null);
      }}
    />
  );
}
