import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { m } from './messages';

/** A dialog; Esc and its cross close it, focus comes back to what opened it. */
export function Dialog({
  title,
  opened,
  onClose,
  children,
  size,
}: {
  title: ReactNode;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
  size?: 'sm' | 'md' | 'lg' | 'xl';
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size ?? 'md'}
      closeButtonProps={{ 'aria-label': m.close }}
    >
      {children}
    </Modal>
  );
}
