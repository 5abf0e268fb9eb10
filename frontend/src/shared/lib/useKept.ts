import { useCallback, useState } from 'react';

/** State that a reload does not lose: a copy lies on this device until it is let go. `key` is one per person and form. */
export function useKept<T>(key: string, empty: T) {
  const [value, setValue] = useState<T>(() => {
    try {
      return { ...empty, ...JSON.parse(localStorage.getItem(key) ?? '{}') };
    } catch {
      return empty;
    }
  });
  const change = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // A full or forbidden store: the page still has it.
      }
    },
    [key],
  );
  const letGo = useCallback(() => {
    setValue(empty);
    try {
      localStorage.removeItem(key);
    } catch {
      // As above.
    }
  }, [key, empty]);
  return [value, change, letGo] as const;
}
