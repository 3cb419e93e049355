import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'

interface Props {
  label: string
  namespace: string
  value: string
  onChange: (name: string) => void
  withTeams?: boolean
}

/** A user, robot or team by the beginning of its name. */
export function EntityField({ label, namespace, value, onChange, withTeams = false }: Props) {
  const id = useId()
  const prefix = useDeferredValue(value)
  const { data } = useQuery({
    queryKey: keys.search({ entities: prefix, namespace, withTeams }),
    enabled: prefix !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/entities/{prefix}', {
          params: { path: { prefix }, query: { namespace, includeTeams: withTeams } },
          signal,
        }),
      ),
  })
  const found = data?.results ?? []
  return (
    <div className="entity-field">
      <label htmlFor={id}>{label}</label>
      <span className="pf-v6-c-form-control">
        <input
          id={id}
          list={`${id}-found`}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </span>
      <datalist id={`${id}-found`}>
        {found.map((one) => (
          <option key={`${one.kind} ${one.name}`} value={one.name}>
            {one.is_robot ? 'robot' : one.kind}
          </option>
        ))}
      </datalist>
    </div>
  )
}

/** Whether a name is a team's: asked when it is used, for people type faster than we look up. */
export async function isTeam(namespace: string, name: string): Promise<boolean> {
  const { results } = await ok(
    api.GET('/api/v1/entities/{prefix}', {
      params: { path: { prefix: name }, query: { namespace, includeTeams: true } },
    }),
  )
  const found = results.filter((one) => one.name === name)
  return found.length > 0 && found.every((one) => one.kind === 'team')
}
