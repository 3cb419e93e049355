import { FormSelect, FormSelectOption } from '@patternfly/react-core'
import { Link, useSearchParams } from 'react-router'
import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { Digest } from '../../parts/Digest'
import { Size } from '../../parts/Size'
import { PageTabs } from '../../parts/PageTabs'
import { Answer } from '../../parts/States'
import { Configuration, platformName, useImage } from './ImagePage'
import { ImageLayers } from './ImageLayers'
import { ManifestFacts } from './ManifestFacts'
import TrustTab from './TrustTab'
import { type PageProps, pathOf, type Place } from './place'

type Image = components['schemas']['ImageDetails']
type Child = Image['children'][number]

/** An index: its platforms, and the image of the chosen one. */
export function Platforms({ place, artifact, index }: PageProps & { index: Image }) {
  return (
    <PageTabs
      label="Parts of the index"
      tabs={[
        { key: 'details', title: 'Platforms', content: () => <List place={place} index={index} /> },
        {
          key: 'layers',
          title: 'Layers',
          content: () => <OfPlatform place={place} index={index} show={(image) => <ImageLayers image={image} />} />,
        },
        {
          key: 'configuration',
          title: 'Configuration',
          content: () => <OfPlatform place={place} index={index} show={(image) => <Configuration image={image} />} />,
        },
        { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} /> },
        { key: 'manifest', title: 'Manifest', content: () => <ManifestFacts place={place} artifact={artifact} /> },
      ]}
    />
  )
}

function List({ place, index }: { place: Place; index: Image }) {
  return (
    <DataTable
      label="Platforms"
      rows={index.children}
      rowKey={(child) => child.digest}
      columns={[
        {
          title: 'Platform',
          render: (child) => <Link to={pathOf(place.repository, null, child.digest)}>{nameOf(child)}</Link>,
        },
        { title: 'Size of the manifest', render: (child) => <Size bytes={child.size_bytes} /> },
        { title: 'Digest', render: (child) => <Digest value={child.digest} /> },
      ]}
    />
  )
}

interface Props {
  place: Place
  index: Image
  show: (image: Image) => React.ReactNode
}

function OfPlatform({ place, index, show }: Props) {
  const images = index.children.filter((child) => platformName(child.platform) !== '')
  const [search, setSearch] = useSearchParams()
  const chosen = images.find((child) => child.digest === search.get('platform')) ?? images[0] ?? index.children[0]
  if (!chosen) return null
  return (
    <div className="stack-small">
      <FormSelect
        aria-label="Platform"
        className="platform"
        value={chosen.digest}
        onChange={(_, digest) =>
          setSearch(
            (now) => {
              now.set('platform', digest)
              return now
            },
            { replace: true },
          )
        }
      >
        {images.map((child) => (
          <FormSelectOption key={child.digest} value={child.digest} label={nameOf(child)} />
        ))}
      </FormSelect>
      <One key={chosen.digest} place={{ ...place, digest: chosen.digest, tag: undefined }} show={show} />
    </div>
  )
}

function One({ place, show }: { place: Place; show: Props['show'] }) {
  return (
    <Answer query={useImage(place)} what="the image">
      {(image) => show(image)}
    </Answer>
  )
}

function nameOf(child: Child): string {
  return platformName(child.platform) || child.artifact_type || 'no platform'
}
