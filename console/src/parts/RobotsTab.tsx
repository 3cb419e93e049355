import { Button } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { ActionMenu } from './ActionMenu'
import { DataTable, type Column } from './DataTable'
import { ListToolbar, Pager } from './ListToolbar'
import { RelativeTime } from './RelativeTime'
import { Answer, Empty, NoMatch } from './States'
import { useListState } from './useListState'
import { useModal } from './useModal'

const RobotWizard = lazy(() => import('./RobotWizard'))
const RobotToken = lazy(() => import('./RobotToken'))
const RemoveRobot = lazy(() => import('./RemoveRobot'))

type Robot = components['schemas']['ListedRobot']

/** Robot accounts of an organization, or of the caller where `organization` is absent. */
export function RobotsTab({ namespace, isOrganization }: { namespace: string; isOrganization: boolean }) {
  const list = useListState('name')
  const modal = useModal()
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: keys.namespace(namespace, 'robots'),
    queryFn: ({ signal }) => {
      const asked = { token: false, permissions: true }
      return isOrganization
        ? ok(api.GET('/api/v1/organization/{orgname}/robots', { params: { path: { orgname: namespace }, query: asked }, signal }))
        : ok(api.GET('/api/v1/user/robots', { params: { query: asked }, signal }))
    },
  })
  const changed = () => queries.invalidateQueries({ queryKey: keys.namespace(namespace, 'robots') })
  const name = modal.value('robot')
  const place = { namespace, isOrganization }
  const create = <Button onClick={() => modal.show('robot-create')}>Create robot account</Button>
  return (
    <>
      <ListToolbar list={list} label="Filter robot accounts">
        <div className="list-toolbar-end">{create}</div>
      </ListToolbar>
      <Answer query={query} what="the robot accounts">
        {({ robots }) => {
          const shown = robots.filter((one) => one.name.includes(list.filter))
          if (robots.length === 0) {
            return (
              <Empty title="No robot accounts yet" actions={create}>
                A robot account is what a pipeline or a cluster signs in with: a name, a token and the rights that it needs.
              </Empty>
            )
          }
          if (shown.length === 0) return <NoMatch onClear={() => list.setFilter('')} />
          return (
            <DataTable
              label="Robot accounts"
              rows={shown}
              rowKey={(row) => row.name}
              columns={COLUMNS}
              actions={(row) => (
                <ActionMenu
                  label={`Actions for ${row.name}`}
                  actions={[
                    { text: 'Token and logins', onClick: () => modal.show('robot-token', { robot: row.name }) },
                    { text: 'Delete', isDanger: true, onClick: () => modal.show('robot-delete', { robot: row.name }) },
                  ]}
                />
              )}
            />
          )
        }}
      </Answer>
      <Pager list={list} shown={query.data?.robots.length ?? 0} nextPage={undefined} />
      <Suspense fallback={null}>
        {modal.name === 'robot-create' && <RobotWizard {...place} onClose={modal.close} onDone={changed} />}
        {modal.name === 'robot-token' && name && <RobotToken {...place} name={name} onClose={() => modal.close('robot')} />}
        {modal.name === 'robot-delete' && name && (
          <RemoveRobot {...place} name={name} onClose={() => modal.close('robot')} onDone={changed} />
        )}
      </Suspense>
    </>
  )
}

const COLUMNS: Column<Robot>[] = [
  { title: 'Name', render: (row) => <code>{row.name}</code> },
  { title: 'Description', render: (row) => row.description || '–' },
  { title: 'Teams', render: (row) => row.teams?.map((team) => team.name).join(', ') || '–' },
  { title: 'Repositories', render: (row) => row.repositories?.join(', ') || '–' },
  { title: 'Created', render: (row) => <RelativeTime at={row.created} /> },
  { title: 'Last used', render: (row) => <RelativeTime at={row.last_accessed} none="never" /> },
]
