import { Button, Label } from '@patternfly/react-core'
import { Link } from 'react-router'
import { RelativeTime } from '../../parts/RelativeTime'
import { Size } from '../../parts/Size'
import { Downloads } from './Downloads'
import { Facts, listed, Outside } from './Facts'
import type { ChartDetails, PageProps } from './place'

const TRUST: Record<string, string> = {
  none: 'none',
  verified: 'verified',
  unknown_key: 'signed by an unknown key',
  failed: 'does not hold',
}

/** Chart.yaml at a glance. */
export function ChartFacts({ place, artifact, chart }: PageProps & { chart: ChartDetails }) {
  return (
    <div className="stack-small">
      <div className="button-row">
        <Downloads place={place} />
        <Button
          variant="secondary"
          size="sm"
          component={(props) => (
            <Link {...props} to={`/repository/${place.repository}/compare?to=${place.tag ?? place.digest}`} />
          )}
        >
          Compare
        </Button>
      </div>
      <Facts
        facts={{
          'Chart version': chart.version,
          'App version': chart.app_version,
          Kubernetes: chart.kube_version,
          Type: chart.type,
          Provenance: TRUST[chart.provenance.state],
          Size: <Size bytes={artifact.size} />,
          Pushed: <RelativeTime at={artifact.created} />,
          Home: chart.home && <Outside href={chart.home} />,
          Sources: listed(chart.sources, (source) => <Outside href={source} />),
          Maintainers: listed(chart.maintainers, (one) =>
            one.url ? (
              <Outside href={one.url}>{one.name}</Outside>
            ) : one.email ? (
              <a href={`mailto:${encodeURIComponent(one.email)}`}>{one.name}</a>
            ) : (
              one.name
            ),
          ),
          Keywords: chart.keywords.length > 0 && (
            <span className="tag-list">
              {chart.keywords.map((word) => (
                <Label
                  key={word}
                  isCompact
                  variant="outline"
                  render={({ className, content }) => (
                    <Link className={className} to={`/search?q=${encodeURIComponent(word)}`}>
                      {content}
                    </Link>
                  )}
                >
                  {word}
                </Label>
              ))}
            </span>
          ),
        }}
      />
    </div>
  )
}
