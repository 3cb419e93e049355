import { lazy } from 'react'
import { api } from '../../api/client'
import { PageTabs } from '../../parts/PageTabs'
import { Answer } from '../../parts/States'
import { Problems } from './Problems'
import { type PageProps, usePart } from './place'

const ReadmeTab = lazy(() => import('./ReadmeTab'))
const ValuesTab = lazy(() => import('./ValuesTab'))
const SchemaTab = lazy(() => import('./SchemaTab'))
const TemplatesTab = lazy(() => import('./TemplatesTab'))
const DependenciesTab = lazy(() => import('./DependenciesTab'))
const ImagesTab = lazy(() => import('./ImagesTab'))
const VersionsTab = lazy(() => import('./VersionsTab'))
const ChangesTab = lazy(() => import('./ChangesTab'))
const TrustTab = lazy(() => import('./TrustTab'))
const ChartDetailsTab = lazy(() => import('./ChartDetailsTab'))

/** A chart's version: everything in it, without pulling it. */
export default function ChartPage({ place, artifact }: PageProps) {
  const chart = usePart(place, 'chart', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart', options),
  )
  return (
    <Answer query={chart} what="the chart">
      {(details) => (
        <>
          <Problems problems={details.problems} />
          <PageTabs
            label="Parts of the chart"
            tabs={[
              {
                key: 'readme',
                title: 'README',
                content: () => <ReadmeTab place={place} artifact={artifact} chart={details} />,
              },
              { key: 'values', title: 'Values', content: () => <ValuesTab place={place} /> },
              { key: 'schema', title: 'Schema', content: () => <SchemaTab place={place} /> },
              { key: 'templates', title: 'Templates', content: () => <TemplatesTab place={place} /> },
              {
                key: 'dependencies',
                title: 'Dependencies',
                content: () => <DependenciesTab place={place} chart={details} />,
              },
              { key: 'images', title: 'Images', content: () => <ImagesTab place={place} /> },
              { key: 'versions', title: 'Versions', content: () => <VersionsTab place={place} /> },
              { key: 'changes', title: 'Changes', content: () => <ChangesTab place={place} /> },
              { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} hasProvenance /> },
              {
                key: 'details',
                title: 'Details',
                content: () => <ChartDetailsTab place={place} artifact={artifact} chart={details} />,
              },
            ]}
          />
        </>
      )}
    </Answer>
  )
}
