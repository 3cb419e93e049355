import { PageTabs } from '../../parts/PageTabs'
import { Files } from './Files'
import { ManifestFacts } from './ManifestFacts'
import TrustTab from './TrustTab'
import type { PageProps } from './place'

/** Anything else: its files, and what its manifest says. */
export default function GenericPage({ place, artifact }: PageProps) {
  return (
    <PageTabs
      label="Parts of the artifact"
      tabs={[
        { key: 'files', title: 'Files', content: () => <Files place={place} /> },
        { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} /> },
        { key: 'details', title: 'Details', content: () => <ManifestFacts place={place} artifact={artifact} /> },
      ]}
    />
  )
}
