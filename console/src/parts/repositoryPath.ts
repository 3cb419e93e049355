export type RepositoryPath =
  | { page: 'repository'; repository: string }
  | { page: 'tag'; repository: string; tag: string }
  | { page: 'manifest'; repository: string; digest: string }
  | { page: 'compare'; repository: string }

/** What stands after `/repository/`, read from the right: a repository's name may hold slashes. */
export function parseRepositoryPath(path: string): RepositoryPath {
  const parts = path.split('/').filter((part) => part !== '')
  const last = parts.at(-1) ?? ''
  const before = parts.at(-2)
  const named = (count: number) => parts.slice(0, -count).join('/')
  if (parts.length >= 4 && before === 'manifest' && /^[a-z0-9+._-]+:[a-f0-9]{32,}$/.test(last)) {
    return { page: 'manifest', repository: named(2), digest: last }
  }
  if (parts.length >= 4 && before === 'tag') return { page: 'tag', repository: named(2), tag: last }
  if (parts.length >= 3 && last === 'compare') return { page: 'compare', repository: named(1) }
  return { page: 'repository', repository: parts.join('/') }
}
