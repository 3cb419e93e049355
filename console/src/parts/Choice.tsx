import { FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core'
import { useId } from 'react'

interface Props<T extends string> {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
  /** The label is only for those who listen. */
  isBare?: boolean
  isDisabled?: boolean
}

/** One of few. */
export function Choice<T extends string>({ label, value, options, onChange, isBare, isDisabled }: Props<T>) {
  const id = useId()
  const select = (
    <FormSelect
      id={id}
      className={isBare ? 'bare-select' : undefined}
      aria-label={label}
      value={value}
      isDisabled={isDisabled}
      onChange={(_, next) => onChange(next as T)}
    >
      {options.map(([one, text]) => (
        <FormSelectOption key={one} value={one} label={text} />
      ))}
    </FormSelect>
  )
  if (isBare) return select
  return (
    <FormGroup label={label} fieldId={id}>
      {select}
    </FormGroup>
  )
}

export const ROLES = [
  ['read', 'Read'],
  ['write', 'Write'],
  ['admin', 'Admin'],
] as const

export const TEAM_ROLES = [
  ['member', 'Member: the rights of its repositories'],
  ['creator', 'Creator: may create repositories'],
  ['admin', 'Admin: may do everything'],
] as const

export const VISIBILITIES = [
  ['private', 'Private: those with a role'],
  ['public', 'Public: everybody may pull'],
] as const
