import { useState } from 'react';

/**
 * What is typed into a form that only counts once it is handed in: it survives a reload or a closed tab on this device
 * until `drop`. `key` is one per person and thing.
 */
export function useKept<T extends object>(key: string, empty: T, storage: Storage = window.localStorage) {
  const [value, setValue] = useState<T>(() => {
    try {
      return { ...empty, ...JSON.parse(storage.getItem(key) ?? '{}') };
    } catch {
      return empty;
    }
  });
  const set = (change: Partial<T>) => {
    const next = { ...value, ...change };
    setValue(next);
    try {
      storage.setItem(key, JSON.stringify(next));
    } catch {
      // A full or forbidden store keeps nothing; the page still does.
    }
  };
  const drop = () => {
    storage.removeItem(key);
    setValue(empty);
  };
  return { value, set, drop };
}
