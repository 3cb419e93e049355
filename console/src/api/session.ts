import { refusal, unreached } from './errors'

// The token belongs to the session's cookie and is told to this origin alone; it lives in memory.
let token: string | null = null
let askPassword: (() => Promise<boolean>) | null = null

export async function csrfToken(): Promise<string> {
  if (token === null) {
    const answer = await fetch('/csrf_token', { cache: 'no-store' }).catch(() => {
      throw unreached()
    })
    if (!answer.ok) throw refusal(answer, await answer.json().catch(() => null))
    token = ((await answer.json()) as { csrf_token: string }).csrf_token
  }
  return token
}

export function keepCsrfToken(next: string | null): void {
  if (next !== null) token = next
}

export function forgetCsrfToken(): void {
  token = null
}

/** Who asks for the password when a change needs a fresh login: the shell's modal. */
export function setPasswordPrompt(prompt: (() => Promise<boolean>) | null): void {
  askPassword = prompt
}

export async function loginAgain(): Promise<boolean> {
  return askPassword === null ? false : askPassword()
}
