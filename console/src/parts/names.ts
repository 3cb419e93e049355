const ACCOUNT = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/

/** What is wrong with the name of a user, organization, team or robot, while one types it:
 * undefined for a good one and for none. */
export function accountProblem(name: string): string | undefined {
  return problem(name, ACCOUNT, 'Lower-case letters and digits, with single . _ or - between them.', 255)
}

export function repositoryProblem(name: string): string | undefined {
  return problem(name, REPOSITORY, 'Lower-case letters and digits, with . _ - between them and / between parts.', 255)
}

export function tagProblem(name: string): string | undefined {
  return problem(name, TAG, 'Letters, digits, _ . and -, not beginning with . or -.', 128)
}

export function passwordProblem(password: string): string | undefined {
  return password !== '' && password.length < 8 ? 'At least 8 characters.' : undefined
}

function problem(name: string, rule: RegExp, text: string, longest: number): string | undefined {
  if (name === '') return undefined
  if (name.length > longest) return `At most ${longest} characters.`
  return rule.test(name) ? undefined : text
}
