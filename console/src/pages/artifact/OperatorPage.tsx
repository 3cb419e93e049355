import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { PageTabs } from '../../parts/PageTabs'
import { Size } from '../../parts/Size'
import { Answer, Empty } from '../../parts/States'
import { Facts, listed } from './Facts'
import { ManifestFacts } from './ManifestFacts'
import { Problems } from './Problems'
import TrustTab from './TrustTab'
import { type PageProps, usePart } from './place'

type Operator = components['schemas']['OperatorDetails']

/** An operator bundle's ClusterServiceVersion, or the packages of a catalog. */
export default function OperatorPage({ place, artifact }: PageProps) {
  const operator = usePart(place, 'operator', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/operator', options),
  )
  return (
    <Answer query={operator} what="the operator">
      {(found) => (
        <>
          <Problems problems={found.problems} />
          <PageTabs
            label="Parts of the operator"
            tabs={[
              artifact.kind === 'operator_catalog'
                ? { key: 'packages', title: 'Packages', content: () => <Packages operator={found} /> }
                : { key: 'about', title: 'About', content: () => <About operator={found} /> },
              { key: 'apis', title: 'APIs', content: () => <Apis operator={found} /> },
              { key: 'permissions', title: 'Permissions', content: () => <Permissions operator={found} /> },
              { key: 'files', title: 'Files', content: () => <BundleFiles operator={found} /> },
              { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} /> },
              { key: 'details', title: 'Details', content: () => <ManifestFacts place={place} artifact={artifact} /> },
            ]}
          />
        </>
      )}
    </Answer>
  )
}

function About({ operator }: { operator: Operator }) {
  return (
    <div className="stack">
      {/^data:image\//.test(operator.icon) && <img className="operator-icon" src={operator.icon} alt="" />}
      {operator.description && <p className="written">{operator.description}</p>}
      <Facts
        facts={{
          Name: operator.display_name,
          Package: operator.package,
          Version: operator.version,
          Provider: operator.provider,
          Maturity: operator.maturity,
          Channels: operator.channels.join(', '),
          'Default channel': operator.default_channel,
          Replaces: operator.replaces,
          Skips: operator.skip_range,
          Kubernetes: operator.min_kube_version && `${operator.min_kube_version} or later`,
          'Install modes': listed(
            operator.install_modes,
            (mode) => `${mode.type}: ${mode.is_supported ? 'supported' : 'not supported'}`,
          ),
          Images: listed(operator.images, (image) => <code className="wrap">{image}</code>),
        }}
      />
    </div>
  )
}

function Apis({ operator }: { operator: Operator }) {
  if (operator.definitions.length === 0)
    return <Empty title="No APIs">The operator says of no API that it brings or needs it.</Empty>
  return (
    <DataTable
      label="APIs"
      rows={operator.definitions}
      rowKey={(row) => `${row.name} ${row.version}`}
      columns={[
        { title: 'Kind', render: (row) => row.kind },
        { title: 'Name', render: (row) => <code className="wrap">{row.name}</code> },
        { title: 'Version', render: (row) => row.version },
        { title: 'Brought or needed', render: (row) => (row.is_owned ? 'brought' : 'needed') },
        { title: 'Description', render: (row) => row.description || '–' },
      ]}
    />
  )
}

function Permissions({ operator }: { operator: Operator }) {
  if (operator.permissions.length === 0) return <Empty title="No permissions">The operator asks for none.</Empty>
  return (
    <DataTable
      label="Permissions"
      rows={operator.permissions.map((rule, place) => ({ ...rule, place }))}
      rowKey={(row) => String(row.place)}
      columns={[
        { title: 'Service account', render: (row) => row.service_account },
        { title: 'Where', render: (row) => (row.is_cluster_wide ? 'whole cluster' : 'its namespace') },
        { title: 'API groups', render: (row) => row.api_groups.map((group) => group || 'core').join(', ') },
        { title: 'Resources', render: (row) => row.resources.join(', ') },
        { title: 'Verbs', render: (row) => row.verbs.join(', ') },
      ]}
    />
  )
}

function Packages({ operator }: { operator: Operator }) {
  if (operator.catalog.length === 0) return <Empty title="No packages">The catalog offers none.</Empty>
  return (
    <DataTable
      label="Packages"
      rows={operator.catalog}
      rowKey={(row) => row.name}
      columns={[
        { title: 'Package', render: (row) => row.name },
        { title: 'Channels', render: (row) => row.channels.join(', ') },
        { title: 'Default', render: (row) => row.default_channel },
        { title: 'Bundles', render: (row) => row.bundles },
        { title: 'Description', render: (row) => row.description || '–' },
      ]}
    />
  )
}

function BundleFiles({ operator }: { operator: Operator }) {
  return (
    <DataTable
      label="Files"
      rows={operator.files}
      rowKey={(row) => row.name}
      columns={[
        { title: 'File', render: (row) => <code className="wrap">{row.name}</code> },
        { title: 'Size', render: (row) => <Size bytes={row.size_bytes} /> },
      ]}
    />
  )
}
