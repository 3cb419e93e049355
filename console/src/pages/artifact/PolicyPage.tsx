import { api } from '../../api/client'
import { DataTable } from '../../parts/DataTable'
import { PageTabs } from '../../parts/PageTabs'
import { Size } from '../../parts/Size'
import { Answer, Empty } from '../../parts/States'
import { listed } from './Facts'
import { Files } from './Files'
import { ManifestFacts } from './ManifestFacts'
import { Problems } from './Problems'
import TrustTab from './TrustTab'
import { type PageProps, usePart } from './place'

/** An OPA policy bundle: its packages, rules and data. */
export default function PolicyPage({ place, artifact }: PageProps) {
  const policy = usePart(place, 'policy', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/policy', options),
  )
  return (
    <Answer query={policy} what="the policy bundle">
      {(found) => (
        <>
          <Problems problems={found.problems} />
          <PageTabs
            label="Parts of the bundle"
            tabs={[
              {
                key: 'policies',
                title: 'Policies',
                content: () =>
                  found.policies.length === 0 ? (
                    <Empty title="No policies">The bundle holds no Rego file.</Empty>
                  ) : (
                    <DataTable
                      label="Policies"
                      rows={found.policies}
                      rowKey={(row) => row.name}
                      columns={[
                        { title: 'File', render: (row) => <code className="wrap">{row.name}</code> },
                        { title: 'Package', render: (row) => <code className="wrap">{row.package}</code> },
                        { title: 'Rules', render: (row) => row.rules.join(', ') || '–' },
                        { title: 'Imports', render: (row) => row.imports.join(', ') || '–' },
                        { title: 'Size', render: (row) => <Size bytes={row.size_bytes} /> },
                      ]}
                    />
                  ),
              },
              {
                key: 'data',
                title: 'Data',
                content: () =>
                  found.data.length === 0 ? (
                    <Empty title="No data">The bundle brings no data.json.</Empty>
                  ) : (
                    <DataTable
                      label="Data"
                      rows={found.data}
                      rowKey={(row) => row.name}
                      columns={[
                        { title: 'File', render: (row) => <code className="wrap">{row.name}</code> },
                        { title: 'Size', render: (row) => <Size bytes={row.size_bytes} /> },
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
                      Revision: found.revision,
                      Rego: found.rego_version,
                      Roots: found.roots.map((root) => root || '(everything)').join(', '),
                      Packages: listed(found.packages, (name) => <code>{name}</code>),
                      'Entry points': listed(found.entrypoints, (name) => <code>{name}</code>),
                      WebAssembly: found.wasm.join(', '),
                      'Signed bundle': found.is_signed ? 'yes' : 'no',
                      ...found.metadata,
                    }}
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </Answer>
  )
}
