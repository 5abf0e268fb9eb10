import type { Drafted } from '@/shared/lib/useDraft';
import { Button } from './Button';
import { m } from './messages';
import { Notice } from './Notice';

/** Two texts stand against each other: where they differ, side by side, and which to keep. Nothing is dropped before. */
export function Conflict<T>({
  draft,
  lines,
}: {
  draft: Drafted<T>;
  /** A value as words: what it is called, and what it says. */
  lines: (value: T) => readonly (readonly [string, string])[];
}) {
  if (draft.theirs === null) return null;
  const mine = new Map(lines(draft.value));
  const theirs = new Map(lines(draft.theirs));
  const differing = [...new Set([...mine.keys(), ...theirs.keys()])].filter(
    (name) => (mine.get(name) ?? '') !== (theirs.get(name) ?? ''),
  );
  return (
    <Notice
      tone="warn"
      live="alert"
      title={m.conflict}
      actions={
        <>
          <Button onClick={() => void draft.keepMine()}>{m.keepMine}</Button>
          <Button onClick={() => draft.takeTheirs()}>{m.takeTheirs}</Button>
        </>
      }
    >
      {differing.length > 0 && (
        <table className="tbl cards conflict">
          <thead>
            <tr>
              <th scope="col">{m.where}</th>
              <th scope="col">{m.mine}</th>
              <th scope="col">{m.theirs}</th>
            </tr>
          </thead>
          <tbody>
            {differing.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td data-l={m.mine} className="text">
                  <span>{mine.get(name) || m.empty}</span>
                </td>
                <td data-l={m.theirs} className="text">
                  <span>{theirs.get(name) || m.empty}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Notice>
  );
}
