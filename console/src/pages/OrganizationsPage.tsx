import { Button } from '@patternfly/react-core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useFeature, useUser } from '../api/queries'
import type { components } from '../api/schema'
import { ActionMenu } from '../parts/ActionMenu'
import { Avatar } from '../parts/Avatar'
import { DataTable, type Column } from '../parts/DataTable'
import { formatNumber } from '../parts/format'
import { ListToolbar, Pager } from '../parts/ListToolbar'
import { PageTitle } from '../parts/PageTitle'
import { RelativeTime } from '../parts/RelativeTime'
import { Size } from '../parts/Size'
import { Answer, Empty, NoMatch } from '../parts/States'
import { useListState } from '../parts/useListState'
import { useModal } from '../parts/useModal'

const CreateOrganization = lazy(() => import('../parts/CreateOrganization'))
const DeleteOrganization = lazy(() => import('../parts/DeleteOrganization'))

type Row = components['schemas']['NamespaceView']

/** The namespaces that one belongs to; for superusers all organizations. */
export default function OrganizationsPage() {
  return (
    <>
      <PageTitle title="Organizations" />
      <OrganizationList />
    </>
  )
}

export function OrganizationList() {
  const list = useListState('name')
  const modal = useModal()
  const queries = useQueryClient()
  const { data: user } = useUser()
  const areForSuperusers = useFeature('SUPERUSERS_ORG_CREATION_ONLY')
  const mayCreate = Boolean(user && (user.super_user || !areForSuperusers))
  const asked = { filter: list.filter, descending: list.sort.startsWith('-'), next_page: list.page }
  const query = useQuery({
    queryKey: keys.organizations(asked),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization', { params: { query: asked }, signal })),
  })
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.organizations() }),
      queries.invalidateQueries({ queryKey: keys.user }),
    ])
  const create = (
    <Button onClick={() => modal.show('create')} isDisabled={!mayCreate}>
      Create organization
    </Button>
  )
  return (
    <>
      <ListToolbar list={list} label="Filter by name">
        <div className="list-toolbar-end">{mayCreate && create}</div>
      </ListToolbar>
      <Answer query={query} what="the organizations">
        {(page) =>
          page.organizations.length > 0 ? (
            <DataTable
              label="Organizations"
              rows={page.organizations}
              rowKey={(row) => row.name}
              columns={COLUMNS}
              sort={list.sort}
              onSort={list.setSort}
              isStale={query.isPlaceholderData}
              actions={(row) =>
                row.is_organization && (row.is_admin || user?.super_user) ? (
                  <ActionMenu
                    label={`Actions for ${row.name}`}
                    actions={[{ text: 'Delete', isDanger: true, onClick: () => modal.show('delete', { name: row.name }) }]}
                  />
                ) : null
              }
            />
          ) : list.filter ? (
            <NoMatch onClear={() => list.setFilter('')} />
          ) : (
            <Empty title="No organizations yet" actions={create}>
              An organization holds the repositories, teams and robot accounts of a group.
            </Empty>
          )
        }
      </Answer>
      <Pager list={list} shown={query.data?.organizations.length ?? 0} nextPage={query.data?.next_page} />
      <Suspense fallback={null}>
        {modal.name === 'create' && mayCreate && <CreateOrganization onClose={modal.close} onDone={changed} />}
        {modal.name === 'delete' && modal.value('name') && (
          <DeleteOrganization name={modal.value('name')} onClose={() => modal.close('name')} onDone={changed} />
        )}
      </Suspense>
    </>
  )
}

const COLUMNS: Column<Row>[] = [
  {
    title: 'Name',
    sort: 'name',
    render: (row) => (
      <span className="named">
        <Avatar avatar={row.avatar} />
        <Link to={row.is_organization ? `/organization/${row.name}` : `/user/${row.name}`}>{row.name}</Link>
        {!row.is_organization && <span className="quiet">your own</span>}
      </span>
    ),
  },
  { title: 'Repositories', render: (row) => formatNumber(row.repo_count) },
  { title: 'Teams', render: (row) => (row.is_organization ? formatNumber(row.team_count) : '–') },
  { title: 'Members', render: (row) => (row.is_organization ? formatNumber(row.member_count) : '–') },
  { title: 'Robots', render: (row) => formatNumber(row.robot_count) },
  { title: 'Size', render: (row) => <Size bytes={row.size} /> },
  { title: 'Last modified', render: (row) => <RelativeTime at={row.last_modified} none="never" /> },
]
