/** A path of this console, whatever a link says: never another host's page. */
export function localPath(asked: string | null): string {
  if (!asked) return '/'
  const here = typeof location === 'undefined' ? 'http://localhost' : location.origin
  const url = URL.canParse(asked, here) ? new URL(asked, here) : null
  if (url?.origin !== here || url.pathname === '/signin') return '/'
  return url.pathname + url.search
}
