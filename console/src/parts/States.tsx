import { Alert, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Skeleton } from '@patternfly/react-core'
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon'
import LockIcon from '@patternfly/react-icons/dist/esm/icons/lock-icon'
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon'
import UnpluggedIcon from '@patternfly/react-icons/dist/esm/icons/unplugged-icon'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, Navigate, useLocation } from 'react-router'
import { ApiError, messageOf } from '../api/errors'
import { CopyButton } from './CopyButton'

const DELAY_MS = 200

/** Nothing for the blink of an eye, then the shape of what is coming. */
export function Loading({ rows = 6, label = 'Loading' }: { rows?: number; label?: string }) {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), DELAY_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div aria-busy="true" aria-label={label} role="status" className="loading">
      {isLate && Array.from({ length: rows }, (_, row) => <Skeleton key={row} height="2rem" />)}
    </div>
  )
}

interface EmptyProps {
  title: string
  children?: ReactNode
  actions?: ReactNode
}

/** What belongs here, and how it gets here. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <EmptyState headingLevel="h2" titleText={title} icon={CubesIcon} variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      {actions && (
        <EmptyStateFooter>
          <EmptyStateActions>{actions}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  )
}

export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState headingLevel="h2" titleText="Nothing matches" icon={SearchIcon} variant="sm">
      <EmptyStateBody>No row fits the filter.</EmptyStateBody>
      <EmptyStateFooter>
        <Button variant="link" onClick={onClear}>
          Clear the filter
        </Button>
      </EmptyStateFooter>
    </EmptyState>
  )
}

interface FailureProps {
  error: unknown
  /** What could not be shown: `the organization acme`. */
  what: string
  onRetry?: () => void
}

/** Why there is nothing to see, and what one can do about it. */
export function Failure({ error, what, onRetry }: FailureProps) {
  const here = useLocation()
  const known = error instanceof ApiError ? error : null
  if (known?.status === 401) {
    const back = encodeURIComponent(here.pathname + here.search)
    return <Navigate to={`/signin?next=${back}`} replace />
  }
  const { title, help, icon } = explained(known, what)
  return (
    <EmptyState headingLevel="h2" titleText={title} icon={icon} variant="sm" status="warning">
      <EmptyStateBody>
        {help && <p>{help}</p>}
        <p>{messageOf(error)}</p>
        {known?.requestId && (
          <p className="request-id">
            Request <code>{known.requestId}</code>
            <CopyButton text={known.requestId} what="request id" />
          </p>
        )}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          {known?.retryAfterSeconds ? (
            <Countdown seconds={known.retryAfterSeconds} onRetry={onRetry} />
          ) : (
            onRetry && <Button onClick={onRetry}>Try again</Button>
          )}
          {known?.status === 404 && <Link to="/repository">All repositories</Link>}
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  )
}

function explained(error: ApiError | null, what: string) {
  switch (error?.status) {
    case 403:
      return { title: `You may not see ${what}`, help: 'Ask one of its administrators for the role.', icon: LockIcon }
    case 404:
      return { title: `There is no ${what.replace(/^the /, '')}`, help: 'It does not exist, or it is private and not yours.', icon: SearchIcon }
    case 429:
      return { title: 'Too many attempts', help: '', icon: LockIcon }
    default:
      return { title: `${what[0]?.toUpperCase()}${what.slice(1)} cannot be shown`, help: '', icon: UnpluggedIcon }
  }
}

function Countdown({ seconds, onRetry }: { seconds: number; onRetry?: () => void }) {
  const [left, setLeft] = useState(seconds)
  useEffect(() => {
    if (left <= 0) return undefined
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  return (
    <Button isDisabled={left > 0} onClick={onRetry}>
      {left > 0 ? `Try again in ${left} s` : 'Try again'}
    </Button>
  )
}

interface Asked<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

interface AnswerProps<T> {
  query: Asked<T>
  what: string
  rows?: number
  children: (data: T) => ReactNode
}

/** A query's answer, with all that may happen before it and instead of it.
 *
 * What is shown already stays when the registry stops answering, below a banner that says so. */
export function Answer<T>({ query, what, rows, children }: AnswerProps<T>) {
  const retry = () => void query.refetch()
  if (query.data === undefined) {
    if (query.error) return <Failure error={query.error} what={what} onRetry={retry} />
    return <Loading rows={rows} label={`Loading ${what}`} />
  }
  return (
    <>
      {Boolean(query.error) && (
        <Alert
          isInline
          variant="warning"
          title={`${messageOf(query.error)} What you see may be old.`}
          actionLinks={
            <Button variant="link" isInline onClick={retry}>
              Try again
            </Button>
          }
        />
      )}
      {children(query.data)}
    </>
  )
}
