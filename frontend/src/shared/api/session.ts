import { queryOptions, useQuery } from '@tanstack/react-query';
import { type Answer, call, keepCsrf } from './client';
import { ApiProblem } from './problem';
import { queryClient } from './query';

export type Session = Answer<'/api/v1/session'>;

// The server says in the page whether the browser sent a session's cookie; without one there is nobody to ask for.
let entered = false;
const stranger = () => !entered && !document.querySelector('meta[name="session"]') && import.meta.env.PROD;

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions<Session | null>({
  queryKey: ['/api/v1/session', '/api/v1/session'],
  staleTime: 30_000,
  queryFn: async ({ signal }) => {
    if (stranger()) return null;
    try {
      const session = await call('get', '/api/v1/session', { signal });
      keepCsrf(session.csrf);
      return session;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        keepCsrf('');
        return null;
      }
      throw error;
    }
  },
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** Keep a session that a command answered with; everything read under another is forgotten, what is on screen read anew. */
export function enter(session: Session | null): void {
  entered = session !== null;
  keepCsrf(session?.csrf ?? '');
  if (session === null) queryClient.clear();
  queryClient.setQueryData(sessionQuery.queryKey, session);
  // Clearing alone would leave the page on screen with what it had, until something else renders it again.
  if (session) void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}
