import { useQuery } from '@tanstack/react-query'
import { lazy } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useConfig } from '../api/queries'
import type { components } from '../api/schema'
import { PageTabs } from '../parts/PageTabs'
import { PageTitle } from '../parts/PageTitle'
import { Visibility } from '../parts/RepositoryList'
import { Answer } from '../parts/States'
import { StarButton } from '../parts/StarButton'

const RepositoryInformation = lazy(() => import('../parts/RepositoryInformation'))
const TagsTab = lazy(() => import('../parts/TagsTab'))
const HistoryTab = lazy(() => import('../parts/HistoryTab'))
const RepositorySettings = lazy(() => import('../parts/RepositorySettings'))
const LogsTab = lazy(() => import('../parts/LogsTab').then((found) => ({ default: found.LogsTab })))

export type RepositoryView = components['schemas']['RepositoryView']

export default function RepositoryPage({ name }: { name: string }) {
  const query = useQuery({
    queryKey: keys.repository(name),
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}', {
          params: { path: { repository: name }, query: { includeTags: false, includeStats: true } },
          signal,
        }),
      ),
  })
  const found = query.data
  return (
    <>
      <PageTitle
        title={name}
        above={<Crumbs repository={name} isOrganization={found?.is_organization} />}
        badges={found && <Visibility isPublic={found.is_public} state={found.state} />}
        actions={found && <StarButton repository={found} />}
      />
      <Answer query={query} what={`the repository ${name}`}>
        {(shown) => <Tabs name={name} found={shown} />}
      </Answer>
    </>
  )
}

function Crumbs({ repository, isOrganization }: { repository: string; isOrganization: boolean | undefined }) {
  const namespace = repository.split('/')[0] ?? ''
  return (
    <nav className="crumbs" aria-label="Breadcrumb">
      <Link to="/repository">Repositories</Link> /{' '}
      <Link to={isOrganization === false ? `/user/${namespace}` : `/organization/${namespace}`}>{namespace}</Link>
    </nav>
  )
}

function Tabs({ name, found }: { name: string; found: RepositoryView }) {
  const { data: config } = useConfig()
  const isReadOnly = config?.registry_state === 'readonly' || found.state !== 'NORMAL'
  const why = isReadOnly ? 'The repository is read-only' : undefined
  const seesLogs = found.can_admin || (found.can_write && config?.features['USER_LOG_ACCESS'])
  return (
    <PageTabs
      label="Parts of the repository"
      tabs={[
        { key: 'information', title: 'Information', content: () => <RepositoryInformation name={name} found={found} /> },
        { key: 'tags', title: 'Tags', content: () => <TagsTab name={name} mayWrite={found.can_write} readOnly={why} /> },
        { key: 'history', title: 'History', content: () => <HistoryTab name={name} mayWrite={found.can_write} readOnly={why} /> },
        ...(seesLogs ? [{ key: 'logs', title: 'Logs', content: () => <LogsTab of={{ kind: 'repository', name }} /> }] : []),
        ...(found.can_admin
          ? [{ key: 'settings', title: 'Settings', content: () => <RepositorySettings name={name} found={found} /> }]
          : []),
      ]}
    />
  )
}
