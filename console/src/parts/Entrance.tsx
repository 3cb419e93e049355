import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core'
import { type ReactNode, useEffect } from 'react'
import logo from '../favicon.svg'

/** The pages in front of the console: signing in, and the first account. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · moorage`
  }, [title])
  return (
    <main className="entrance">
      <a className="brand" href="/">
        <img src={logo} alt="" width="32" height="32" />
        <span>moorage</span>
      </a>
      <Card>
        <CardTitle>
          <Title headingLevel="h1" size="xl">
            {title}
          </Title>
        </CardTitle>
        <CardBody>{children}</CardBody>
      </Card>
    </main>
  )
}
