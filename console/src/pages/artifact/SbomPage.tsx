import { useSearchParams } from 'react-router'
import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { formatNumber } from '../../parts/format'
import { FilterInput } from '../../parts/ListToolbar'
import { PageTabs } from '../../parts/PageTabs'
import { Answer, NoMatch } from '../../parts/States'
import { Files } from './Files'
import { ManifestFacts } from './ManifestFacts'
import TrustTab from './TrustTab'
import { type PageProps, usePart } from './place'

type Sbom = components['schemas']['SbomDetails']

const SHOWN = 500

/** A software bill of materials: its components and their licences. */
export default function SbomPage({ place, artifact }: PageProps) {
  const sbom = usePart(place, 'sbom', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/sbom', options),
  )
  return (
    <Answer query={sbom} what="the SBOM">
      {(found) => (
        <PageTabs
          label="Parts of the SBOM"
          tabs={[
            { key: 'packages', title: 'Components', content: () => <Components sbom={found} /> },
            {
              key: 'licenses',
              title: 'Licences',
              content: () => (
                <DataTable
                  label="Licences"
                  rows={found.licenses}
                  rowKey={(row) => row.license}
                  columns={[
                    { title: 'Licence', render: (row) => row.license },
                    { title: 'Components', render: (row) => formatNumber(row.components) },
                  ]}
                />
              ),
            },
            { key: 'files', title: 'Files', content: () => <Files place={place} /> },
            { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} /> },
            {
              key: 'details',
              title: 'Details',
              content: () => (
                <ManifestFacts
                  place={place}
                  artifact={artifact}
                  first={{
                    Format: `${found.format} ${found.format_version}`,
                    Name: found.name,
                    Made: found.created,
                    'Made by': found.tools.join(', '),
                    Components: formatNumber(found.component_count),
                  }}
                />
              ),
            },
          ]}
        />
      )}
    </Answer>
  )
}

function Components({ sbom }: { sbom: Sbom }) {
  const [search, setSearch] = useSearchParams()
  const filter = search.get('filter') ?? ''
  const setFilter = (text: string) =>
    setSearch(
      (now) => {
        if (text) now.set('filter', text)
        else now.delete('filter')
        return now
      },
      { replace: true },
    )
  const wanted = filter.toLowerCase()
  const found = sbom.components.filter((one) =>
    `${one.name} ${one.version} ${one.licenses.join(' ')}`.toLowerCase().includes(wanted),
  )
  return (
    <div className="stack-small">
      <div className="button-row">
        <FilterInput value={filter} label="Filter by name, version or licence" onChange={setFilter} />
        <span className="quiet">
          {formatNumber(Math.min(found.length, SHOWN))} of {formatNumber(sbom.component_count)} shown
        </span>
      </div>
      {found.length === 0 ? (
        <NoMatch onClear={() => setFilter('')} />
      ) : (
        <DataTable
          label="Components"
          rows={found.slice(0, SHOWN).map((one, place) => ({ ...one, place }))}
          rowKey={(row) => String(row.place)}
          columns={[
            { title: 'Component', render: (row) => row.name },
            { title: 'Version', render: (row) => row.version || '–' },
            { title: 'Type', render: (row) => row.type || '–' },
            { title: 'Licences', render: (row) => row.licenses.join(', ') || '–' },
            { title: 'Package URL', render: (row) => (row.purl ? <code className="wrap">{row.purl}</code> : '–') },
          ]}
        />
      )}
    </div>
  )
}
