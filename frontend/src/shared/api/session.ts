import { queryOptions, useQuery } from '@tanstack/react-query';
import { type Answer, call, keepCsrf } from './client';
import { ApiProblem } from './problem';
import { queryClient } from './query';

export type Session = Answer<'/api/v1/session'>;

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions<Session | null>({
  queryKey: ['/api/v1/session', '/api/v1/session'],
  staleTime: 30_000,
  queryFn: async ({ signal }) => {
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

/** Keep a session that a command answered with; everything read under another is forgotten. */
export function enter(session: Session | null): void {
  keepCsrf(session?.csrf ?? '');
  queryClient.clear();
  queryClient.setQueryData(sessionQuery.queryKey, session);
}
