import { Link } from 'react-router'
import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { Answer, Empty } from '../../parts/States'
import { DependencyPicture } from './DependencyPicture'
import { Outside } from './Facts'
import { type ChartDetails, pathOf, type Place, usePart } from './place'

export type Dependency = components['schemas']['DependencyView']

/** The charts that this one needs, and which of them are here. */
export default function DependenciesTab({ place, chart }: { place: Place; chart: ChartDetails }) {
  const dependencies = usePart(place, 'dependencies', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/dependencies', options),
  )
  return (
    <Answer query={dependencies} what="the dependencies">
      {({ dependencies: found }) =>
        found.length === 0 ? (
          <Empty title="No dependencies">This chart needs no other.</Empty>
        ) : (
          <div className="stack">
            <DependencyPicture chart={chart.name} dependencies={found} />
            <DataTable
              label="Dependencies"
              rows={found}
              rowKey={(one) => `${one.name} ${one.alias} ${one.version}`}
              columns={[
                { title: 'Chart', render: (one) => <Name dependency={one} /> },
                { title: 'Wanted', render: (one) => <code>{one.version || 'any'}</code> },
                { title: 'Where', render: (one) => <Where dependency={one} /> },
                { title: 'From', render: (one) => (one.repository ? <Outside href={one.repository} /> : '–') },
                {
                  title: 'Only if',
                  render: (one) => [one.condition, ...one.tags].filter(Boolean).join(', ') || 'always',
                },
              ]}
            />
          </div>
        )
      }
    </Answer>
  )
}

function Name({ dependency }: { dependency: Dependency }) {
  const name = dependency.alias ? `${dependency.name} as ${dependency.alias}` : dependency.name
  const { place } = dependency
  if (!place?.tag) return <>{name}</>
  return <Link to={pathOf(place.repository, place.tag)}>{name}</Link>
}

function Where({ dependency }: { dependency: Dependency }) {
  if (dependency.is_here) return <>in this registry, {dependency.place?.tag}</>
  return <>{dependency.is_bundled ? 'in the archive' : 'not in this registry'}</>
}
