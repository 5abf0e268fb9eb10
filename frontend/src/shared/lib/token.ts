/** The token in a mail's link: in the fragment, which never reaches a server's log. */
export function tokenOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token');
}
