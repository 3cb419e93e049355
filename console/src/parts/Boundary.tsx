import { Button, EmptyState, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core'
import { Component, type ReactNode } from 'react'
import { messageOf } from '../api/errors'

/** Where a page's own mistake ends, and a chunk that a newer version has replaced. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    const isOutdated = /dynamically imported module|module script/i.test(messageOf(error))
    return (
      <EmptyState
        headingLevel="h1"
        titleText={isOutdated ? 'There is a new version of the console' : 'This page has failed'}
        status={isOutdated ? 'info' : 'danger'}
      >
        <EmptyStateBody>{isOutdated ? 'Load it to go on.' : messageOf(error)}</EmptyStateBody>
        <EmptyStateFooter>
          <Button onClick={() => location.reload()}>Load again</Button>
        </EmptyStateFooter>
      </EmptyState>
    )
  }
}
