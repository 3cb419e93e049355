import { Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { lazy } from 'react'
import { Link, useParams } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { PageTabs, type PageTab } from '../parts/PageTabs'
import { PageTitle } from '../parts/PageTitle'
import { PushCommands } from '../parts/PushCommands'
import { RepositoryList } from '../parts/RepositoryList'
import { Answer, Empty } from '../parts/States'

const TeamsTab = lazy(() => import('../parts/TeamsTab'))
const DefaultPermissions = lazy(() => import('../parts/DefaultPermissions'))
const NamespaceSettings = lazy(() => import('../parts/NamespaceSettings'))
const RobotsTab = lazy(() => import('../parts/RobotsTab').then((found) => ({ default: found.RobotsTab })))
const LogsTab = lazy(() => import('../parts/LogsTab').then((found) => ({ default: found.LogsTab })))

export type OrganizationView = components['schemas']['OrganizationView']

export default function OrganizationPage() {
  const { org = '' } = useParams()
  const query = useQuery({
    queryKey: keys.organization(org),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization/{orgname}', { params: { path: { orgname: org } }, signal })),
  })
  return (
    <>
      <PageTitle
        title={org}
        above={
          <nav className="crumbs" aria-label="Breadcrumb">
            <Link to="/organization">Organizations</Link>
          </nav>
        }
        badges={query.data?.is_admin && <Label isCompact>You administer it</Label>}
      >
        {query.data?.email && <p className="quiet">{query.data.email}</p>}
      </PageTitle>
      <Answer query={query} what={`the organization ${org}`}>
        {(found) => <PageTabs label="Parts of the organization" tabs={tabsOf(found)} />}
      </Answer>
    </>
  )
}

function tabsOf(found: OrganizationView): PageTab[] {
  const { name } = found
  const repositories = {
    key: 'Repositories',
    title: 'Repositories',
    content: () => (
      <RepositoryList
        namespace={name}
        mayCreate={found.is_member}
        mayAdmin={found.is_admin}
        empty={
          <Empty title="No repositories that you may see">
            {found.is_member && (
              <>
                <p>A push makes one:</p>
                <PushCommands namespace={name} />
              </>
            )}
          </Empty>
        }
      />
    ),
  }
  if (!found.is_member && !found.teams) return [repositories]
  const teams = { key: 'Teamsandmembership', title: 'Teams and membership', content: () => <TeamsTab organization={found} /> }
  if (!found.is_admin) return [repositories, teams]
  return [
    repositories,
    teams,
    { key: 'Robotaccounts', title: 'Robot accounts', content: () => <RobotsTab namespace={name} isOrganization /> },
    { key: 'Defaultpermissions', title: 'Default permissions', content: () => <DefaultPermissions organization={name} /> },
    { key: 'Logs', title: 'Logs', content: () => <LogsTab of={{ kind: 'organization', name }} /> },
    { key: 'Settings', title: 'Settings', content: () => <NamespaceSettings organization={found} /> },
  ]
}
