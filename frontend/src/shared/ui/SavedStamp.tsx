import { IconAlertTriangle, IconCircleCheck, IconRefresh } from '@tabler/icons-react';
import { ApiProblem } from '@/shared/api/problem';
import type { DraftState } from '@/shared/lib/draft';
import { clock } from '@/shared/lib/time';
import { m } from './messages';

/** `已保存 14:03:22`, said politely to those who listen. */
export function SavedStamp({ state }: { state: DraftState }) {
  return (
    <span className="saved" role="status" data-draft={state.kind}>
      {state.kind === 'clean' && state.at !== null && (
        <>
          <IconCircleCheck className="i" aria-hidden />
          {m.saved(clock(state.at))}
        </>
      )}
      {state.kind === 'waiting' && <span className="dim">{m.waiting}</span>}
      {state.kind === 'saving' && (
        <>
          <IconRefresh className="i" aria-hidden />
          {m.saving}
        </>
      )}
      {state.kind === 'failed' && (
        <span className="t-warn wrap-text">
          <IconAlertTriangle className="i" aria-hidden />{' '}
          {state.error instanceof ApiProblem && !state.error.passing
            ? m.saveRefused + state.error.message
            : m.saveFailed}
        </span>
      )}
      {state.kind === 'conflict' && <span className="t-warn wrap-text">{m.conflict}</span>}
    </span>
  );
}
