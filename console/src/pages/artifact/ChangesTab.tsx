import { Alert, Label } from '@patternfly/react-core'
import { Link } from 'react-router'
import { api } from '../../api/client'
import { Answer, Empty } from '../../parts/States'
import { Outside } from './Facts'
import { type Place, usePart } from './place'

type Color = 'blue' | 'green' | 'orange' | 'purple' | 'red' | 'grey'

const COLORS: Record<string, Color> = {
  added: 'green',
  changed: 'blue',
  deprecated: 'orange',
  removed: 'purple',
  fixed: 'blue',
  security: 'red',
}

/** What the chart itself says is new in this version. */
export default function ChangesTab({ place }: { place: Place }) {
  const changes = usePart(place, 'changes', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/changes', options),
  )
  return (
    <Answer query={changes} what="the changes">
      {({ changes: found, problem }) => (
        <div className="stack-small">
          {problem && <Alert isInline variant="warning" component="p" title={problem} />}
          {found.length === 0 ? (
            <Empty title="No list of changes">
              The annotation <code>artifacthub.io/changes</code> in Chart.yaml is shown here.{' '}
              <Link to={`/repository/${place.repository}/compare?to=${place.tag ?? place.digest}`}>
                Compare with another version
              </Link>
            </Empty>
          ) : (
            <ul className="change-list">
              {found.map((change, number) => (
                <li key={number}>
                  {change.kind && (
                    <Label isCompact color={COLORS[change.kind] ?? 'grey'}>
                      {change.kind}
                    </Label>
                  )}
                  <span>{change.description}</span>
                  {change.links.map((link) => (
                    <Outside key={link.url} href={link.url}>
                      {link.name}
                    </Outside>
                  ))}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Answer>
  )
}
