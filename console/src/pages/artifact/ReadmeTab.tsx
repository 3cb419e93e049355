import { Alert } from '@patternfly/react-core'
import type { MouseEvent } from 'react'
import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { Markdown } from '../../parts/Markdown'
import { Answer, Empty } from '../../parts/States'
import { ChartFacts } from './ChartFacts'
import { type ChartDetails, type PageProps, usePart } from './place'

type Heading = components['schemas']['HeadingView']

/** The README with its contents, and what one wants to know at a glance beside it. */
export default function ReadmeTab({ place, artifact, chart }: PageProps & { chart: ChartDetails }) {
  const readme = usePart(place, 'readme', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/readme', options),
  )
  return (
    <div className="with-side">
      <Answer query={readme} what="the README">
        {(shown) =>
          shown.text === null ? (
            <Empty title="No README">
              A file README.md beside Chart.yaml is shown here after the next <code>helm package</code> and push.
            </Empty>
          ) : (
            <div className="stack">
              {shown.note && <Alert isInline variant="warning" title={shown.note} component="p" />}
              <Markdown html={shown.html} />
            </div>
          )
        }
      </Answer>
      <aside aria-label="At a glance" className="stack">
        <ChartFacts artifact={artifact} chart={chart} place={place} />
        {readme.data && readme.data.headings.length > 1 && <Contents headings={readme.data.headings} />}
      </aside>
    </div>
  )
}

function Contents({ headings }: { headings: Heading[] }) {
  const top = Math.min(...headings.map((heading) => heading.level))
  return (
    <nav aria-label="Contents of the README" className="contents">
      <h2>Contents</h2>
      <ul>
        {headings
          .filter((heading) => heading.level <= top + 2)
          .map((heading) => (
            <li key={heading.id} className={`contents-${heading.level - top}`}>
              <a href={`#${heading.id}`} onClick={(event) => goTo(event, heading.id)}>
                {heading.text}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  )
}

/** To a heading without a change of page: the router would take it for one. */
function goTo(event: MouseEvent, id: string) {
  event.preventDefault()
  const heading = document.getElementById(id)
  if (!heading) return
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  heading.scrollIntoView()
}
