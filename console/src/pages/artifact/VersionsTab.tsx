import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { api, ok } from '../../api/client'
import { keys } from '../../api/keys'
import { DataTable } from '../../parts/DataTable'
import { Digest } from '../../parts/Digest'
import { Pager } from '../../parts/ListToolbar'
import { RelativeTime } from '../../parts/RelativeTime'
import { Size } from '../../parts/Size'
import { Answer } from '../../parts/States'
import { useListState } from '../../parts/useListState'
import { Marks } from './Marks'
import { pathOf, type Place } from './place'

/** The chart's versions in this repository, the highest first. */
export default function VersionsTab({ place }: { place: Place }) {
  const list = useListState('version')
  const versions = useQuery({
    queryKey: keys.repository(place.repository, 'versions', list.page ?? ''),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/versions', {
          params: {
            path: { repository: place.repository, manifestref: place.digest },
            query: { next_page: list.page },
          },
          signal,
        }),
      ),
  })
  return (
    <Answer query={versions} what="the versions">
      {(found) => (
        <>
          <DataTable
            label="Versions"
            rows={found.tags}
            rowKey={(row) => row.name}
            isStale={versions.isPlaceholderData}
            columns={[
              {
                title: 'Version',
                render: (row) => (
                  <span className="named">
                    <Link
                      to={pathOf(place.repository, row.name)}
                      aria-current={row.digest === place.digest ? 'page' : undefined}
                    >
                      {row.version || row.name}
                    </Link>
                    <Marks isPrerelease={row.is_prerelease} isDeprecated={row.is_deprecated} isSigned={row.is_signed} />
                  </span>
                ),
              },
              { title: 'Tag', render: (row) => <code className="wrap">{row.name}</code> },
              { title: 'App version', render: (row) => row.app_version || '–' },
              { title: 'Size', render: (row) => <Size bytes={row.size} /> },
              { title: 'Digest', render: (row) => <Digest value={row.digest} /> },
              { title: 'Pushed', render: (row) => <RelativeTime at={row.last_modified} /> },
              {
                title: 'Compare',
                render: (row) =>
                  row.digest === place.digest ? (
                    'this version'
                  ) : (
                    <Link
                      to={`/repository/${place.repository}/compare?from=${row.name}&to=${place.tag ?? place.digest}`}
                    >
                      with this<span className="off-screen"> version: {row.name}</span>
                    </Link>
                  ),
              },
            ]}
          />
          <Pager list={list} shown={found.tags.length} total={found.total} nextPage={found.next_page} />
        </>
      )}
    </Answer>
  )
}
