import { Title } from '@patternfly/react-core'
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

interface Props {
  title: string
  children?: ReactNode
  /** What is said of the title: badges, state. */
  badges?: ReactNode
  actions?: ReactNode
  above?: ReactNode
}

/** Where the focus has gone already; the first page keeps it where the browser put it. */
let lastPath: string | null = null

/** The page's one `h1`. It takes the focus after a change of page, so that reading begins there. */
export function PageTitle({ title, children, badges, actions, above }: Props) {
  const heading = useRef<HTMLDivElement>(null)
  useEffect(() => {
    document.title = `${title} · moorage`
  }, [title])
  const { pathname } = useLocation()
  useEffect(() => {
    if (lastPath !== null && lastPath !== pathname) heading.current?.querySelector('h1')?.focus({ preventScroll: true })
    lastPath = pathname
  }, [pathname])
  return (
    <div className="page-title" ref={heading}>
      {above}
      <div className="page-title-line">
        <Title headingLevel="h1" size="2xl" tabIndex={-1}>
          {title}
        </Title>
        {badges}
        {actions && <div className="page-title-actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}
