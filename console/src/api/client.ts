import createClient from 'openapi-fetch'
import { refusal, unreached } from './errors'
import { csrfToken, forgetCsrfToken, keepCsrfToken, loginAgain } from './session'
import type { paths } from './schema'

const READS = ['GET', 'HEAD']

/** The management API. Its types are generated from the server's own OpenAPI document. */
export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  headers: { 'X-Requested-With': 'XMLHttpRequest' },
  fetch: send,
  pathSerializer: fill,
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** What a call answers. Throws ApiError. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call
  if (response.ok) return data as T
  throw refusal(response, error)
}

/** `{repository}` keeps its slashes: proxies in front may refuse an encoded one. */
export function fill(path: string, values: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name])
    return name === 'repository'
      ? value.split('/').map(encodeURIComponent).join('/')
      : encodeURIComponent(value)
  })
}

async function send(request: Request): Promise<Response> {
  if (READS.includes(request.method)) return reach(request)
  const again = request.clone()
  const answer = await reach(await marked(request))
  switch (await typeOf(answer)) {
    case 'fresh_login_required':
      // The change is a delicate one: ask for the password, then repeat it once.
      return (await loginAgain()) ? reach(await marked(again)) : answer
    case 'csrf':
      forgetCsrfToken()
      return reach(await marked(again))
    default:
      return answer
  }
}

async function marked(request: Request): Promise<Request> {
  request.headers.set('X-CSRF-Token', await csrfToken())
  return request
}

async function reach(request: Request): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(request)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreached()
  }
  keepCsrfToken(answer.headers.get('x-next-csrf-token'))
  return answer
}

async function typeOf(answer: Response): Promise<string | null> {
  if (answer.status !== 401 && answer.status !== 403) return null
  const body = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as Record<string, unknown>
  if (String(body['message']).startsWith('CSRF token')) return 'csrf'
  return typeof body['error_type'] === 'string' ? body['error_type'] : null
}
