type Values = Record<string, unknown>

/** Every query's key, from the general to the particular: a prefix invalidates all below it. */
export const keys = {
  config: ['config'] as const,
  user: ['user'] as const,
  organizations: (values?: Values) => ['organizations', ...given(values)],
  organization: (name: string, ...part: unknown[]) => ['organization', name, ...part],
  namespace: (name: string, ...part: unknown[]) => ['namespace', name, ...part],
  repositories: (values?: Values) => ['repositories', ...given(values)],
  repository: (name: string, ...part: unknown[]) => ['repository', name, ...part],
  own: (...part: unknown[]) => ['own', ...part],
  logs: (...part: unknown[]) => ['logs', ...part],
  search: (values: Values) => ['search', values],
  admin: (...part: unknown[]) => ['admin', ...part],
}

function given(values: Values | undefined): Values[] {
  return values === undefined ? [] : [values]
}
