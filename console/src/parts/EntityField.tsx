import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'

export interface Entity {
  name: string
  kind: string
  is_robot?: boolean
}

interface Props {
  label: string
  namespace: string
  value: string
  onChange: (name: string, found: Entity | undefined) => void
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
          onChange={(event) => {
            const name = event.target.value
            onChange(
              name,
              found.find((one) => one.name === name),
            )
          }}
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
