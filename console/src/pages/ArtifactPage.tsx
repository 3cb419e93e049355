import './artifact/artifact.css'
import { Alert, Button } from '@patternfly/react-core'
import { type ComponentType, lazy, type LazyExoticComponent, Suspense } from 'react'
import { Link } from 'react-router'
import { ApiError } from '../api/errors'
import { KindBadge } from '../parts/KindBadge'
import { PageTitle } from '../parts/PageTitle'
import { Answer, Failure, Loading } from '../parts/States'
import { shortDigest } from '../parts/Digest'
import { useModal } from '../parts/useModal'
import { Marks } from './artifact/Marks'
import { type Artifact, type PageProps, useArtifact, useDigestOf } from './artifact/place'

type Page = LazyExoticComponent<ComponentType<PageProps>>

const ChartPage = lazy(() => import('./artifact/ChartPage'))
const ImagePage = lazy(() => import('./artifact/ImagePage'))
const PolicyPage = lazy(() => import('./artifact/PolicyPage'))
const OperatorPage = lazy(() => import('./artifact/OperatorPage'))
const SbomPage = lazy(() => import('./artifact/SbomPage'))
const SignaturePage = lazy(() => import('./artifact/SignaturePage'))
const GenericPage = lazy(() => import('./artifact/GenericPage'))
const GetDialog = lazy(() => import('./artifact/GetDialog'))

const PAGES: Partial<Record<Artifact['kind'], Page>> = {
  chart: ChartPage,
  image: ImagePage,
  multiarch_image: ImagePage,
  policy: PolicyPage,
  operator_bundle: OperatorPage,
  operator_catalog: OperatorPage,
  sbom: SbomPage,
  signature: SignaturePage,
  attestation: SignaturePage,
}

/** One version: what it is decides which page it gets. */
export default function ArtifactPage({ repository, reference }: { repository: string; reference: string }) {
  const digest = useDigestOf(repository, reference)
  const tag = reference.includes(':') ? undefined : reference
  const place = digest.data ? { repository, digest: digest.data, tag } : null
  const artifact = useArtifact(place)
  const modal = useModal()
  const found = artifact.data
  const what = `the version ${shown(reference)} of ${repository}`
  return (
    <>
      <PageTitle
        title={found ? titleOf(repository, reference, found) : `${repository} ${shown(reference)}`}
        above={<Crumbs repository={repository} />}
        badges={
          found && (
            <>
              <KindBadge kind={found.kind} />
              <Marks isSigned={found.is_signed} isDeprecated={found.is_deprecated} />
            </>
          )
        }
        actions={
          found && (
            <Button variant="primary" onClick={() => modal.show('get')}>
              {found.kind === 'chart' ? 'Install' : 'Get it'}
            </Button>
          )
        }
      >
        {found?.description && <p className="summary">{found.description}</p>}
      </PageTitle>
      {digest.data === null ? (
        <NoTag repository={repository} tag={reference} what={what} />
      ) : digest.error ? (
        <Failure error={digest.error} what={what} onRetry={() => void digest.refetch()} />
      ) : (
        <Answer query={artifact} what={what}>
          {(answer) => place && <Kind place={place} artifact={answer} />}
        </Answer>
      )}
      {found && place && modal.name === 'get' && (
        <Suspense fallback={null}>
          <GetDialog place={place} artifact={found} onClose={() => modal.close('client')} />
        </Suspense>
      )}
    </>
  )
}

function NoTag({ repository, tag, what }: { repository: string; tag: string; what: string }) {
  const error = new ApiError(404, 'not_found', `No tag ${tag} is live in ${repository}: it may have been deleted.`)
  return (
    <>
      <Failure error={error} what={what} />
      <p>
        <Link to={`/repository/${repository}?tab=history`}>History of {repository}</Link>
      </p>
    </>
  )
}

function Kind({ place, artifact }: PageProps) {
  if (artifact.state === 'pending') {
    return (
      <>
        <Alert isInline variant="info" title="The registry is reading this version." component="p">
          What it holds shows in a moment.
        </Alert>
        <Loading label="Being read" />
      </>
    )
  }
  const Shown = artifact.state === 'described' ? (PAGES[artifact.kind] ?? GenericPage) : GenericPage
  return (
    <div className="stack">
      {artifact.state === 'unreadable' && (
        <Alert isInline variant="warning" title="This version cannot be read" component="p">
          {artifact.reason} What its manifest says is shown.
        </Alert>
      )}
      <Suspense fallback={<Loading />}>
        <Shown place={place} artifact={artifact} />
      </Suspense>
    </div>
  )
}

function Crumbs({ repository }: { repository: string }) {
  const namespace = repository.split('/')[0]
  return (
    <nav aria-label="Where this is" className="crumbs">
      <Link to={`/organization/${namespace}`}>{namespace}</Link>
      {' / '}
      <Link to={`/repository/${repository}`}>{repository.slice((namespace ?? '').length + 1)}</Link>
    </nav>
  )
}

function titleOf(repository: string, reference: string, artifact: Artifact): string {
  if (artifact.kind === 'chart' && artifact.title) return `${artifact.title} ${artifact.version}`
  const name = repository.split('/').at(-1) ?? repository
  return reference.includes(':') ? `${name}@${shortDigest(reference)}` : `${name}:${reference}`
}

function shown(reference: string): string {
  return reference.includes(':') ? shortDigest(reference) : reference
}
