import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiProblem } from '@/shared/api/problem';
import { Draft, type DraftState } from './draft';

type Options<T> = {
  /** What the server holds. */
  value: T;
  version: number;
  copyKey: string;
  save: (value: T, version: number) => Promise<number>;
};

/**
 * A form's value that saves itself. `state` goes to SavedStamp; Ctrl+S saves at once; leaving the page with unsaved
 * text asks first; what an earlier visit could not save is taken up again.
 */
export function useDraft<T>({ value: stored, version, copyKey, save }: Options<T>) {
  const [state, setState] = useState<DraftState>({ kind: 'clean', at: null });
  const saving = useRef(save);
  saving.current = save;
  const draft = useRef<Draft<T> | null>(null);
  if (!draft.current) {
    draft.current = new Draft<T>({
      save: (next, from) => saving.current(next, from),
      version,
      copyKey,
      isConflict: (error) => error instanceof ApiProblem && error.stale,
      isPassing: (error) => !(error instanceof ApiProblem) || error.passing,
      onChange: setState,
    });
  }
  const [value, setValue] = useState<T>(() => Draft.copy<T>(copyKey)?.value ?? stored);
  const current = draft.current;

  const change = useCallback(
    (next: T | ((before: T) => T)) => {
      setValue((before) => {
        const after = typeof next === 'function' ? (next as (before: T) => T)(before) : next;
        queueMicrotask(() => current.set(after));
        return after;
      });
    },
    [current],
  );

  // What an earlier visit left here goes to the server now.
  useEffect(() => {
    const copy = Draft.copy<T>(copyKey);
    if (copy) current.set(copy.value);
    return () => {
      void current.flush();
    };
  }, [copyKey, current]);

  useEffect(() => current.moved(version), [version, current]);

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
        event.preventDefault();
        void current.flush();
      }
    };
    const leave = (event: BeforeUnloadEvent) => {
      if (current.dirty) event.preventDefault();
    };
    const online = () => void current.flush();
    window.addEventListener('keydown', keys);
    window.addEventListener('beforeunload', leave);
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('keydown', keys);
      window.removeEventListener('beforeunload', leave);
      window.removeEventListener('online', online);
    };
  }, [current]);

  return {
    value,
    change,
    state,
    flush: () => current.flush(),
    keepMine: (theirs: number) => current.keepMine(theirs),
    takeTheirs: (theirs: T, at: number) => {
      setValue(theirs);
      current.takeTheirs(at);
    },
  };
}
