import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { api, ok } from '../../api/client'
import { keys } from '../../api/keys'
import { DataTable } from '../../parts/DataTable'
import { Digest } from '../../parts/Digest'
import { KindBadge } from '../../parts/KindBadge'
import { Pager } from '../../parts/ListToolbar'
import { RelativeTime } from '../../parts/RelativeTime'
import { Size } from '../../parts/Size'
import { Answer, Empty } from '../../parts/States'
import { useListState } from '../../parts/useListState'
import { pathOf, type Place } from './place'

/** Signatures, attestations, SBOMs and whatever else names the manifest as its subject. */
export function Referrers({ place }: { place: Place }) {
  const list = useListState('')
  const referrers = useQuery({
    queryKey: keys.repository(place.repository, 'manifest', place.digest, 'referrers', list.page ?? ''),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/referrers', {
          params: {
            path: { repository: place.repository, manifestref: place.digest },
            query: { next_page: list.page },
          },
          signal,
        }),
      ),
  })
  return (
    <Answer query={referrers} what="the referrers" rows={2}>
      {({ referrers: found = [], next_page }) =>
        found.length === 0 ? (
          <Empty title="Nothing refers to this version">
            <code>cosign sign</code> adds a signature, <code>oras attach</code> an SBOM or anything else.
          </Empty>
        ) : (
          <>
            <DataTable
              label="Referrers"
              rows={found}
              rowKey={(row) => row.digest}
              columns={[
                {
                  title: 'Kind',
                  render: (row) => (
                    <Link
                      to={pathOf(place.repository, null, row.digest)}
                      aria-label={`Open ${row.kind} ${row.digest.slice(7, 19)}`}
                    >
                      <KindBadge kind={row.kind} />
                    </Link>
                  ),
                },
                { title: 'Type', render: (row) => <code className="wrap">{row.artifact_type ?? row.media_type}</code> },
                { title: 'Size', render: (row) => <Size bytes={row.size} /> },
                { title: 'Digest', render: (row) => <Digest value={row.digest} /> },
                { title: 'Pushed', render: (row) => <RelativeTime at={row.created} /> },
              ]}
            />
            <Pager list={list} shown={found.length} nextPage={next_page} />
          </>
        )
      }
    </Answer>
  )
}
