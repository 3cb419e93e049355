import { useUser } from '../api/queries'
import { ActionMenu } from '../parts/ActionMenu'
import { DataTable } from '../parts/DataTable'
import { KindBadge } from '../parts/KindBadge'
import { ListToolbar, Pager } from '../parts/ListToolbar'
import { PageTitle } from '../parts/PageTitle'
import { Answer } from '../parts/States'
import { useListState } from '../parts/useListState'
import { useSelection } from '../parts/useSelection'

export default function OrganizationsPage() {
  const list = useListState('name')
  const selection = useSelection()
  const user = useUser()
  return (
    <>
      <PageTitle title="Organizations" />
      <ListToolbar list={list} label="Filter by name" />
      <Answer query={user} what="the organizations">
        {(found) => (
          <DataTable
            label="Organizations"
            rows={found?.organizations ?? []}
            rowKey={(row) => row.name}
            sort={list.sort}
            onSort={list.setSort}
            selection={selection}
            columns={[
              { title: 'Name', render: (row) => row.name, sort: 'name' },
              { title: 'Kind', render: () => <KindBadge kind="chart" /> },
            ]}
            actions={(row) => <ActionMenu label={`Actions for ${row.name}`} actions={[]} />}
          />
        )}
      </Answer>
      <Pager list={list} shown={0} nextPage={undefined} />
    </>
  )
}
