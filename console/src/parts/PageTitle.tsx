import { Title } from '@patternfly/react-core'
import { type ReactNode, useEffect, useRef } from 'react'

interface Props {
  title: string
  children?: ReactNode
  /** What is said of the title: badges, state. */
  badges?: ReactNode
  actions?: ReactNode
  above?: ReactNode
}

let isFirstPage = true

/** The page's one `h1`. It takes the focus after a change of page, so that reading begins there. */
export function PageTitle({ title, children, badges, actions, above }: Props) {
  const heading = useRef<HTMLDivElement>(null)
  useEffect(() => {
    document.title = `${title} · moorage`
  }, [title])
  useEffect(() => {
    if (isFirstPage) isFirstPage = false
    else heading.current?.querySelector('h1')?.focus({ preventScroll: true })
  }, [title])
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
