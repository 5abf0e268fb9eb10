import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiProblem } from '@/shared/api/problem';
import { alike, Draft, type DraftState, type Held, left } from './draft';

type Options<T> = Held<T> & {
  /** Where copies on this device lie; one per person and thing. */
  copyKey: string;
  save: (value: T, version: number) => Promise<number>;
  /** What the server holds now: shown beside one's own text when both were changed. */
  load: () => Promise<Held<T>>;
};

export type Drafted<T> = ReturnType<typeof useDraft<T>>;

// Drafts whose page was left before they were saved still try; a page that comes back takes their text over.
const leaving = new Map<string, () => string>();

/**
 * A form's value that saves itself. `state` goes to SavedStamp, the whole to Conflict; Ctrl+S saves at once; leaving the
 * page with unsaved text asks first; what an earlier visit could not save is taken up again.
 */
export function useDraft<T>({ value: stored, version, copyKey, save, load }: Options<T>) {
  const [state, setState] = useState<DraftState>({ kind: 'clean', at: null });
  const own = useRef({ save, load });
  own.current = { save, load };
  const draft = useRef<Draft<T> | null>(null);
  if (!draft.current) {
    draft.current = new Draft<T>({
      save: (next, from) => own.current.save(next, from),
      load: () => own.current.load(),
      version,
      copyKey,
      isConflict: (error) => error instanceof ApiProblem && error.stale,
      isPassing: (error) => !(error instanceof ApiProblem) || error.passing,
      onChange: setState,
    });
  }
  const [value, setValue] = useState<T>(stored);
  const current = draft.current;
  const held = useRef(stored);
  held.current = stored;

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

  // What an earlier visit left here is taken up, unless this one has begun to type; another window's is its own.
  useEffect(() => {
    const leave = new AbortController();
    void (async () => {
      const alive = await living(current.slot, leave.signal);
      alive.delete(leaving.get(copyKey)?.() ?? '');
      for (const { slot, copy } of leave.signal.aborted ? [] : left<T>(copyKey, alive)) {
        if (!alike(copy.value, held.current)) {
          if (current.dirty) break;
          setValue(copy.value);
          current.resume(copy);
        }
        window.localStorage.removeItem(slot);
      }
    })();
    return () => {
      const end = () => {
        current.stop();
        leave.abort();
        leaving.delete(copyKey);
        return current.slot;
      };
      leaving.set(copyKey, end);
      void current.flush().then((safe) => safe && leaving.get(copyKey) === end && end());
    };
  }, [copyKey, current]);

  // What the server has come to hold is shown unless something was typed here: that is compared when it is saved.
  useEffect(() => {
    if (current.moved(version)) setValue(held.current);
  }, [version, current]);

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
    /** What somebody else saved, while that stands against this text. */
    theirs: state.kind === 'conflict' ? (current.theirs?.value ?? null) : null,
    flush: () => current.flush(),
    keepMine: () => current.keepMine(),
    takeTheirs: () => {
      if (current.theirs) setValue(current.theirs.value);
      current.takeTheirs();
    },
  };
}

/** Hold a lock while this window lives, and tell which others are held: by it, windows know each other's copies. */
async function living(slot: string, until: AbortSignal): Promise<Set<string>> {
  const { locks } = navigator;
  if (!locks) return new Set([slot]); // no secure context: every copy counts as left
  await new Promise<void>((held) => {
    void locks.request(slot, () => {
      held();
      return new Promise<void>((end) => (until.aborted ? end() : until.addEventListener('abort', () => end())));
    });
  });
  const { held = [] } = await locks.query();
  return new Set(held.map((lock) => lock.name ?? ''));
}
