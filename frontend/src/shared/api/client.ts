/** The API, typed by its own OpenAPI document. Nothing here knows a page. */
import { locale, messages } from '@/shared/i18n';
import { ApiProblem } from './problem';
import type { paths } from './schema';

type Method = 'get' | 'put' | 'post' | 'delete';
type Has<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: object }> ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Part<O, N extends string> = O extends { parameters: infer Q }
  ? N extends keyof Q
    ? Exclude<Q[N], undefined>
    : never
  : never;
type Sent<O> = O extends { requestBody?: infer B }
  ? B extends { content: { 'application/json': infer J } }
    ? J
    : never
  : never;
type Success<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? R[S] : never }[keyof R]
  : never;
/** What an operation answers with. */
export type Answer<P extends keyof paths, M extends Method = 'get'> =
  Success<Operation<P, M>> extends { content: { 'application/json': infer J } } ? J : undefined;

type Fill<N extends string, T> = [T] extends [never] ? { [K in N]?: undefined } : { [K in N]: T };
type MayFill<N extends string, T> = [T] extends [never] ? { [K in N]?: undefined } : { [K in N]?: T };
type Extra = {
  /** The version that was read: sent as If-Match. */
  version?: number;
  /** The Idempotency-Key; the same for every repetition of one deed. Made up when there is none. */
  key?: string;
  signal?: AbortSignal;
};
export type Input<P extends keyof paths, M extends Method> = Fill<'path', Part<Operation<P, M>, 'path'>> &
  MayFill<'query', Part<Operation<P, M>, 'query'>> &
  Fill<'body', Sent<Operation<P, M>>> &
  Extra;
type Optional<T> = Record<string, never> extends T ? [input?: T] : [input: T];

const m = messages(
  {
    away: '连不上服务器。已填写的内容还在本页，网络恢复后请再试一次。',
    strange: '服务器的回答无法识别。请稍后再试。',
  },
  {
    away: 'The server cannot be reached. What you entered is still on this page; try again when you are online.',
    strange: "The server's answer makes no sense. Try again later.",
  },
);

let csrf = '';
/** The session's CSRF value, from GET /api/v1/session. */
export function keepCsrf(value: string): void {
  csrf = value;
}

/** An operation's address with its path and query filled in. */
export function address(path: string, parts: { path?: object; query?: object } = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((parts.path as Record<string, unknown>)[name])),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  query.sort();
  return query.size ? `${filled}?${query}` : filled;
}

/** Call an operation. Raises {@link ApiProblem} for refusals and for answers that never came. */
export async function call<M extends Method, P extends Has<M>>(
  method: M,
  path: P,
  ...[input]: Optional<Input<P, M>>
): Promise<Answer<P, M>> {
  const text = await send(method, path as string, input ?? {});
  return (text ? JSON.parse(text) : undefined) as Answer<P, M>;
}

/** What a read answers, as the server wrote it: what is hashed must not be written anew. Raises like {@link call}. */
export function text<P extends Has<'get'>>(path: P, ...[input]: Optional<Input<P, 'get'>>): Promise<string> {
  return send('get', path as string, input ?? {});
}

async function send(method: Method, path: string, input: object): Promise<string> {
  const { body, version, key, signal, ...parts } = input as {
    body?: unknown;
    path?: object;
    query?: object;
  } & Extra;
  const headers: Record<string, string> = { 'Accept-Language': locale };
  if (method !== 'get') {
    if (csrf) headers['X-CSRF-Token'] = csrf;
    headers['Idempotency-Key'] = key ?? crypto.randomUUID();
  }
  // The server's tags are `"<version>-<digest of the answer>"`; edits are compared by the version alone.
  if (version !== undefined) headers['If-Match'] = `"${version}-page"`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(address(path, parts), {
      method: method.toUpperCase(),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, { code: 'offline', detail: m.away });
  }
  const text = await response.text();
  if (response.ok) return text;
  const retry = Number(response.headers.get('retry-after'));
  let problem: { detail: string; code: string };
  try {
    problem = JSON.parse(text);
  } catch {
    problem = { code: `http.${response.status}`, detail: m.strange };
  }
  throw new ApiProblem(response.status, problem, Number.isFinite(retry) && retry > 0 ? retry : null);
}
