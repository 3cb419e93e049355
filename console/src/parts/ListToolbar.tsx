import { Button, TextInput } from '@patternfly/react-core'
import AngleLeftIcon from '@patternfly/react-icons/dist/esm/icons/angle-left-icon'
import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { ListState } from './useListState'

const DEBOUNCE_MS = 250

interface Props {
  list: ListState
  /** What the filter looks for: `Filter by name`. */
  label: string
  children?: ReactNode
}

/** The filter, and what can be done with the list. */
export function ListToolbar({ list, label, children }: Props) {
  return (
    <div className="list-toolbar" role="search" aria-label={label}>
      <FilterInput value={list.filter} label={label} onChange={list.setFilter} />
      {children}
    </div>
  )
}

interface FilterProps {
  value: string
  label: string
  onChange: (text: string) => void
}

export function FilterInput({ value, label, onChange }: FilterProps) {
  const [text, setText] = useState(value)
  const changed = useRef(onChange)
  changed.current = onChange
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => changed.current(text), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [text, value])
  return (
    <TextInput
      type="search"
      className="list-filter"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(_, next) => setText(next)}
    />
  )
}

interface PagerProps {
  list: ListState
  shown: number
  /** All rows, where the server says how many there are. */
  total?: number
  nextPage: string | undefined
}

/** Backwards and forwards in a list that the server gives out page by page. */
export function Pager({ list, shown, total, nextPage }: PagerProps) {
  if (!list.goBack && !nextPage) return null
  const { goBack } = list
  return (
    <nav className="pager" aria-label="Pages">
      <span>
        {shown} shown{total === undefined ? '' : ` of ${total.toLocaleString('en')}`}
      </span>
      <Button variant="plain" aria-label="Previous page" icon={<AngleLeftIcon />} isDisabled={!goBack} onClick={() => goBack?.()} />
      <Button
        variant="plain"
        aria-label="Next page"
        icon={<AngleRightIcon />}
        isDisabled={!nextPage}
        onClick={() => nextPage && list.goOn(nextPage)}
      />
    </nav>
  )
}
