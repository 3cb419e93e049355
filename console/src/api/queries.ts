import { QueryClient, useQuery } from '@tanstack/react-query'
import { api, ok } from './client'
import { ApiError } from './errors'
import { keys } from './keys'
import type { components } from './schema'

export type User = components['schemas']['UserView']

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 1 && !isAnswer(error),
      refetchOnWindowFocus: false,
    },
  },
})

function isAnswer(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500
}

/** Who is signed in; null for a visitor. */
export function useUser() {
  return useQuery({ queryKey: keys.user, queryFn: ({ signal }) => whoIsThere(signal), staleTime: 60_000 })
}

async function whoIsThere(signal: AbortSignal): Promise<User | null> {
  try {
    return await ok(api.GET('/api/v1/user', { signal }))
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

export interface Config {
  registry_state: string
  version_number: string
  features: Record<string, boolean>
  config: {
    REGISTRY_TITLE: string
    SERVER_HOSTNAME: string
    PREFERRED_URL_SCHEME: string
    SETUP_COMPLETE: boolean
    TAG_EXPIRATION_OPTIONS: string[]
    CONTACT_INFO: string[]
    [key: string]: unknown
  }
}

/** What the registry can do, asked once. */
export function useConfig() {
  return useQuery({
    queryKey: keys.config,
    queryFn: async ({ signal }) => (await ok(api.GET('/config', { signal }))) as unknown as Config,
    staleTime: Infinity,
  })
}

export function useFeature(name: string): boolean {
  return useConfig().data?.features[name] ?? false
}
