/** The list's filters as the address holds them. Without a word on states, what is open is shown; `all` shows every state. */
export type Search = { field?: string; track?: string; state?: string; q?: string; cursor?: string };

export const PUBLIC_STATES = [
  'open',
  'closed',
  'screening',
  'reviewing',
  'proposed',
  'public_notice',
  'awarded',
] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

/** What the API is asked for a page's address. */
export function query(search: Search): { field?: string; track?: string; q?: string; state?: PublicState } {
  const state = search.state ?? 'open';
  return {
    field: search.field,
    track: search.track,
    q: search.q,
    state: (PUBLIC_STATES as readonly string[]).includes(state) ? (state as PublicState) : undefined,
  };
}

/** Another choice begins at the first page; the same choice again undoes it. */
export function choose(search: Search, name: 'field' | 'track' | 'state', value: string): Search {
  const { cursor: _, ...rest } = search;
  if (name === 'state') return { ...rest, state: query(search).state === value ? 'all' : value };
  const place = { ...rest, field: undefined, track: undefined };
  return search[name] === value ? place : { ...place, [name]: value };
}

/** How many filters are on. */
export function chosen(search: Search): number {
  return [search.field ?? search.track, query(search).state, search.q].filter(Boolean).length;
}
