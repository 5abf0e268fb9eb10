import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useKept } from '@/shared/lib/useKept';
import { Button, Dialog, ErrorSummary, Refusal, TextArea } from '@/shared/ui';
import { m } from './messages';

/** A deed that takes a reason, after its consequences were read. What was typed stays until it is done. */
export function Reason({
  copyKey,
  title,
  sure,
  hint,
  after,
  opened,
  onClose,
  onReason,
  busy,
  error,
  children,
}: {
  /** Where a copy of what is typed lies on this device; one per person and thing. */
  copyKey: string;
  title: ReactNode;
  /** The button that does it. */
  sure: string;
  hint?: string;
  /** What follows, a sentence each. */
  after: readonly string[];
  opened: boolean;
  onClose: () => void;
  /** Do it; `drop` lets go of what was typed, once it is done. */
  onReason: (reason: string, drop: () => void) => void;
  busy: boolean;
  error: Error | null;
  /** Fields before the reason. */
  children?: ReactNode;
}) {
  const id = useId();
  const kept = useKept(`jiebang.reason.${copyKey}`, { reason: '' });
  const { reason } = kept.value;
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < 5;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short) onReason(reason.trim(), kept.drop);
  };
  return (
    <Dialog title={title} opened={opened} onClose={onClose}>
      <form className="stack4" onSubmit={submit} noValidate>
        {tried && <ErrorSummary faults={short ? [{ id, text: m.faultReason }] : []} />}
        <ul className="bullets">
          {after.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {children}
        <TextArea
          id={id}
          label={m.reason}
          hint={hint ?? m.reasonHint}
          max={2000}
          value={reason}
          onChange={(e) => kept.set({ reason: e.target.value })}
        />
        <Refusal error={error} />
        <p className="row">
          <Button type="submit" look="danger" busy={busy}>
            {sure}
          </Button>
          <Button onClick={onClose}>{m.cancel}</Button>
        </p>
      </form>
    </Dialog>
  );
}
