/** Why a call failed. `status` is 0 when the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly requestId: string | null = null,
    /** How long to wait after a 429 or 503. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export function refusal(response: Response, body: unknown): ApiError {
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const after = Number(response.headers.get('retry-after'))
  return new ApiError(
    response.status,
    text(told['error_type']) ?? 'unknown',
    text(told['message']) ?? `The server answered ${response.status}.`,
    response.headers.get('x-request-id'),
    after > 0 ? after : null,
  )
}

export function unreached(): ApiError {
  return new ApiError(0, 'unreached', 'The registry does not answer. Is the network there?')
}

/** A sentence for people, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value ? value : null
}
