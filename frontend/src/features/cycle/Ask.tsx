import type { UseMutationResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button, Dialog, Refusal } from '@/shared/ui';
import { m } from './messages';

/** A step that is asked about once more: its button, and a dialog that says what follows before it is taken. */
export function Ask<D>({
  label,
  sure,
  look = 'primary',
  size,
  name,
  deed,
  ready,
  children,
}: {
  label: string;
  /** What the confirming button says. */
  sure: string;
  look?: 'primary' | 'plain' | 'danger';
  size?: 'small';
  /** The button's accessible name, where several have the same label. */
  name?: string;
  deed: UseMutationResult<D, Error, undefined>;
  /** Whether to ask at all; a form says here what it lacks. */
  ready?: () => boolean;
  children: ReactNode;
}) {
  const [asked, setAsked] = useState(false);
  const close = () => setAsked(false);
  return (
    <>
      <Button
        look={look}
        size={size}
        aria-label={name}
        onClick={() => {
          if (ready && !ready()) return;
          deed.reset();
          setAsked(true);
        }}
      >
        {label}
      </Button>
      <Dialog title={name ?? label} opened={asked} onClose={close}>
        <div className="stack4">
          {children}
          <Refusal error={deed.error} />
          <p className="row">
            <Button
              look={look === 'danger' ? 'danger' : 'primary'}
              busy={deed.isPending}
              onClick={() => deed.mutate(undefined, { onSuccess: close })}
            >
              {sure}
            </Button>
            <Button onClick={close}>{m.cancel}</Button>
          </p>
        </div>
      </Dialog>
    </>
  );
}
