import { QueryClient, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { type Answer, address, call, type Input } from './client';
import { ApiProblem } from './problem';
import type { paths } from './schema';

type Readable = { [P in keyof paths]: paths[P] extends { get: { responses: object } } ? P : never }[keyof paths];

// What the server wrote into the page for the first paint, by address.
const boot: Record<string, unknown> = JSON.parse(document.getElementById('boot')?.textContent || '{}');

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => error instanceof ApiProblem && error.passing && error.status !== 429 && count < 2,
    },
    mutations: { retry: false },
  },
});

/** A read, for `useQuery`: `useQuery(read('/api/v1/topics/{topic_id}', { path: { topic_id } }))`. */
export function read<P extends Readable>(
  path: P,
  ...[input]: Record<string, never> extends Input<P, 'get'> ? [input?: Input<P, 'get'>] : [input: Input<P, 'get'>]
) {
  const at = address(path as string, input as { path?: object; query?: object });
  return queryOptions<Answer<P>, Error>({
    queryKey: [path, at],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      call('get', path as never, { ...(input ?? {}), signal } as never) as Promise<Answer<P>>,
    ...(at in boot ? { initialData: boot[at] as Answer<P>, initialDataUpdatedAt: performance.timeOrigin } : {}),
  } as never) as ReturnType<typeof queryOptions<Answer<P>, Error, Answer<P>, [P, string]>>;
}

/**
 * One deed: `act(value, key)` is sent with an Idempotency-Key that stays the same until it succeeds or the value
 * changes, so that repeating it after a lost answer never does it twice. Every list on screen is read again after it.
 */
export function useDeed<V, D>(act: (value: V, key: string) => Promise<D>, after?: (done: D, value: V) => unknown) {
  const client = useQueryClient();
  const last = useRef<{ of: string; key: string } | null>(null);
  return useMutation<D, Error, V>({
    mutationFn: async (value) => {
      const of = JSON.stringify(value ?? null);
      if (last.current?.of !== of) last.current = { of, key: crypto.randomUUID() };
      try {
        const done = await act(value, last.current.key);
        last.current = null;
        return done;
      } catch (error) {
        if (!(error instanceof ApiProblem && error.passing)) last.current = null;
        throw error;
      }
    },
    onSuccess: async (done, value) => {
      await client.invalidateQueries();
      await after?.(done, value);
    },
    onError: async (error) => {
      if (error instanceof ApiProblem && (error.stale || error.status === 409)) await client.invalidateQueries();
    },
  });
}
