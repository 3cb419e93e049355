import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../../api/client'
import { keys } from '../../api/keys'
import type { components } from '../../api/schema'

export type Artifact = components['schemas']['Artifact']
export type ChartDetails = components['schemas']['ChartDetails']

/** Which manifest a page is about, and under which tag one came to it. */
export interface Place {
  repository: string
  digest: string
  tag: string | undefined
}

export interface PageProps {
  place: Place
  artifact: Artifact
}

const FRESH_MS = 300_000
const AGAIN_MS = 1000

interface Asked<T> {
  data?: T
  error?: unknown
  response: Response
}

type Options = {
  params: { path: { repository: string; manifestref: string } }
  signal: AbortSignal
}

/** One part of what is known of a manifest; content under a digest does not change. */
export function usePart<T>(place: Place, part: string, ask: (options: Options) => Promise<Asked<T>>) {
  return useQuery({
    queryKey: keys.repository(place.repository, 'manifest', place.digest, part),
    queryFn: ({ signal }) =>
      ok(ask({ params: { path: { repository: place.repository, manifestref: place.digest } }, signal })),
    staleTime: FRESH_MS,
  })
}

/** The manifest itself, asked for again until the registry has read its content. */
export function useArtifact(place: Place | null) {
  const { repository, digest } = place ?? { repository: '', digest: '' }
  return useQuery({
    queryKey: keys.repository(repository, 'manifest', digest, 'artifact'),
    enabled: place !== null,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/artifact', {
          params: { path: { repository, manifestref: digest } },
          signal,
        }),
      ),
    refetchInterval: (query) => (query.state.data?.state === 'pending' ? AGAIN_MS : false),
  })
}

/** The digest that a tag names now; undefined for a tag that is not there. */
export function useDigestOf(repository: string, reference: string) {
  const isDigest = reference.includes(':')
  return useQuery({
    queryKey: keys.repository(repository, 'tag', reference),
    enabled: !isDigest,
    initialData: isDigest ? reference : undefined,
    queryFn: async ({ signal }) => {
      const answer = await ok(
        api.GET('/api/v1/repository/{repository}/tag', {
          params: { path: { repository }, query: { specificTag: reference, onlyActiveTags: true } },
          signal,
        }),
      )
      return answer.tags[0]?.manifest_digest ?? null
    },
  })
}

export function pathOf(repository: string, tag: string | null | undefined, digest?: string | null): string {
  return tag ? `/repository/${repository}/tag/${tag}` : `/repository/${repository}/manifest/${digest}`
}

/** A file of a manifest, as the server sends it for keeping. */
export function downloadPath(place: Place, fileDigest: string): string {
  return `/api/v1/repository/${place.repository}/manifest/${place.digest}/files/${fileDigest}/content`
}
