import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { m } from './messages';

/** A dialog, the browser's own: Esc and its cross close it, the focus stays in it and comes back to what opened it. */
export function Dialog({
  title,
  opened,
  onClose,
  children,
  full,
}: {
  title: ReactNode;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  /** As large as the window. */
  full?: boolean;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    if (opened && dialog && !dialog.open) dialog.showModal();
    if (!opened && dialog?.open) dialog.close();
  }, [opened]);
  return (
    <dialog ref={box} className={`dialog${full ? ' full' : ''}`} aria-labelledby={id} onClose={onClose}>
      {opened && (
        <>
          <header>
            <h2 id={id}>{title}</h2>
            <button type="button" className="btn q" aria-label={m.close} onClick={() => box.current?.close()}>
              <IconX className="i l" aria-hidden />
            </button>
          </header>
          <div className="pb">{children}</div>
        </>
      )}
    </dialog>
  );
}
