/** Where to go on after signing in: an address of ours (without the language's prefix), never another site's. */
export function locally(next: string | undefined, fallback = '/work'): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return fallback;
  const path = next.replace(/^\/en(?=\/|$|\?|#)/, '');
  return path.startsWith('/') ? path : `/${path}`;
}
