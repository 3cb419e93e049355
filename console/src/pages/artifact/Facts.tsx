import type { ReactNode } from 'react'

export type FactList = Record<string, ReactNode>

/** Names and values; what has no value is left out. */
export function Facts({ facts }: { facts: FactList }) {
  const given = Object.entries(facts).filter(
    ([, value]) => value !== '' && value !== false && value !== null && value !== undefined,
  )
  return (
    <dl className="facts">
      {given.map(([name, value]) => (
        <FactLine key={name} name={name} value={value} />
      ))}
    </dl>
  )
}

function FactLine({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** Several values of one name, or nothing. */
export function listed<T>(values: readonly T[], show: (value: T) => ReactNode): ReactNode {
  if (values.length === 0) return ''
  return (
    <ul className="plain-list">
      {values.map((value, place) => (
        <li key={place}>{show(value)}</li>
      ))}
    </ul>
  )
}

/** An address in somebody's chart: a link only when it leads to a web page. */
export function Outside({ href, children }: { href: string; children?: ReactNode }) {
  if (!/^https?:\/\//i.test(href)) return <>{children ?? href}</>
  return (
    <a href={href} rel="noopener noreferrer nofollow ugc" target="_blank">
      {children ?? href}
      <span className="off-screen"> (opens in a new tab)</span>
    </a>
  )
}
