/** What a page shows while it has nothing to show: loading, empty, refused, broken, absent. */
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiProblem } from '@/shared/api/problem';
import { useSession } from '@/shared/api/session';
import { roleNames } from '@/shared/lib/roles';
import { duration } from '@/shared/lib/time';
import { Button } from './Button';
import { m } from './messages';
import { Notice } from './Notice';

/** Grey lines of the height that the content will have, so that nothing jumps. */
export function Lines({ rows = 4, height = 44 }: { rows?: number; height?: 24 | 44 | 88 }) {
  return (
    <div role="status" aria-label={m.loading} className="lines">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <div key={i} className={`line h${height}`} />
      ))}
    </div>
  );
}

/** Nothing here yet, and what to do next. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Why something could not be shown, and the way on. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : null;
  if (problem?.status === 401) {
    return (
      <Notice
        tone="info"
        title={m.signInFirst}
        live="alert"
        actions={
          <Link className="btn p" to="/sign-in" search={{ next: window.location.pathname + window.location.search }}>
            {m.signIn}
          </Link>
        }
      >
        {m.signInBody}
      </Notice>
    );
  }
  if (problem?.status === 403) {
    return (
      <Notice tone="warn" title={m.forbidden} live="alert">
        <p>{problem.message}</p>
        <YouAre />
        <p>{m.forbiddenBody}</p>
      </Notice>
    );
  }
  if (problem?.status === 404) return <NotFound />;
  return (
    <Notice
      tone="danger"
      title={m.errorTitle}
      live="alert"
      actions={retry && <Button onClick={retry}>{m.retry}</Button>}
    >
      <p>{problem?.message}</p>
      {problem?.retryAfter ? <p>{m.waitFor(duration(problem.retryAfter))}</p> : null}
      {problem?.problem.instance ? (
        <p>
          {m.errorBody} <span className="mono">{problem.problem.instance}</span>
        </p>
      ) : null}
    </Notice>
  );
}

/** The role in which one looks at what one may not see. */
export function YouAre() {
  const { data } = useSession();
  return data ? <p>{m.youAre(roleNames(data.org_roles) || m.noRole)}</p> : null;
}

export function NotFound() {
  return (
    <div className="empty">
      <h1>{m.notFound}</h1>
      <p>{m.notFoundBody}</p>
      <Link className="btn" to="/">
        {m.home}
      </Link>
    </div>
  );
}

/** What several queries together show: nothing before all are there, so that nothing jumps when the next one comes. */
export function Ready({
  of,
  loading,
  children,
}: {
  of: readonly UseQueryResult<unknown, Error>[];
  loading?: ReactNode;
  children: ReactNode;
}) {
  const broken = of.find((one) => one.data === undefined && one.error);
  if (broken) return <ErrorState error={broken.error} retry={() => void broken.refetch()} />;
  if (of.some((one) => one.data === undefined)) return <>{loading ?? <Lines rows={6} height={88} />}</>;
  return <>{children}</>;
}

/** A query's content, or what it lacks. */
export function Show<T>({
  of,
  loading,
  children,
}: {
  of: UseQueryResult<T, Error>;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ErrorState error={of.error} retry={() => void of.refetch()} />;
  return <>{loading ?? <Lines />}</>;
}

/** Why a deed was refused, beside its button. */
export function Refusal({ error }: { error: Error | null | undefined }) {
  if (!error) return null;
  const problem = error instanceof ApiProblem ? error : null;
  const fields = Object.entries(problem?.fields ?? {});
  return (
    <Notice tone="danger" title={m.refused} live="alert">
      <p>{error.message}</p>
      {problem?.retryAfter ? <p>{m.waitFor(duration(problem.retryAfter))}</p> : null}
      {fields.length > 0 && (
        <ul className="bullets">
          {fields.map(([at, text]) => (
            <li key={at}>{text}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
