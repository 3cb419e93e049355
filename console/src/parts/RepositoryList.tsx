import { Button, Label } from '@patternfly/react-core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { DataTable, type Column } from './DataTable'
import { formatNumber } from './format'
import { KindBadge } from './KindBadge'
import { ListToolbar, Pager } from './ListToolbar'
import { RelativeTime } from './RelativeTime'
import { Size } from './Size'
import { Answer, NoMatch } from './States'
import { useListState } from './useListState'
import { useModal } from './useModal'
import { useSelection } from './useSelection'

const CreateRepository = lazy(() => import('./CreateRepository'))
const BulkRepositories = lazy(() => import('./BulkRepositories'))

type Repository = components['schemas']['ListedRepository']

interface Props {
  /** Only of this namespace. */
  namespace?: string
  mayCreate: boolean
  mayAdmin: boolean
  empty: ReactNode
}

/** Repositories, of one namespace or all that the caller may see. */
export function RepositoryList({ namespace, mayCreate, mayAdmin, empty }: Props) {
  const list = useListState('name')
  const modal = useModal()
  const selection = useSelection()
  const queries = useQueryClient()
  const asked = {
    namespace,
    public: namespace === undefined,
    filter: list.filter,
    sort: list.sort.replace('-', '') as 'name' | 'modified',
    descending: list.sort.startsWith('-'),
    next_page: list.page,
  }
  const query = useQuery({
    queryKey: keys.repositories(asked),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository', {
          params: { query: { ...asked, details: true, last_modified: true, popularity: true, limit: 50 } },
          signal,
        }),
      ),
  })
  const changed = async () => {
    selection.clear()
    await queries.invalidateQueries({ queryKey: keys.repositories() })
  }
  return (
    <>
      <ListToolbar list={list} label="Filter by name">
        {selection.keys.length > 0 && (
          <>
            <Button variant="secondary" onClick={() => modal.show('visibility')}>
              Visibility of {selection.keys.length}
            </Button>
            <Button variant="danger" onClick={() => modal.show('delete')}>
              Delete {selection.keys.length}
            </Button>
          </>
        )}
        {mayCreate && (
          <div className="list-toolbar-end">
            <Button onClick={() => modal.show('create')}>Create repository</Button>
          </div>
        )}
      </ListToolbar>
      <Answer query={query} what="the repositories">
        {(page) =>
          page.repositories.length > 0 ? (
            <DataTable
              label="Repositories"
              rows={page.repositories}
              rowKey={fullName}
              columns={columns(namespace)}
              sort={list.sort}
              onSort={list.setSort}
              selection={mayAdmin ? selection : undefined}
              isStale={query.isPlaceholderData}
            />
          ) : list.filter ? (
            <NoMatch onClear={() => list.setFilter('')} />
          ) : (
            empty
          )
        }
      </Answer>
      <Pager list={list} shown={query.data?.repositories.length ?? 0} nextPage={query.data?.next_page} />
      <Suspense fallback={null}>
        {modal.name === 'create' && mayCreate && <CreateRepository namespace={namespace} onClose={modal.close} onDone={changed} />}
        {(modal.name === 'delete' || modal.name === 'visibility') && selection.keys.length > 0 && (
          <BulkRepositories names={selection.keys} action={modal.name} onClose={modal.close} onDone={changed} />
        )}
      </Suspense>
    </>
  )
}

function fullName(row: Repository): string {
  return `${row.namespace}/${row.name}`
}

function columns(namespace: string | undefined): Column<Repository>[] {
  return [
    {
      title: 'Name',
      sort: 'name',
      render: (row) => (
        <Link to={`/repository/${fullName(row)}`}>{namespace ? row.name : fullName(row)}</Link>
      ),
    },
    {
      title: 'Kind',
      render: (row) =>
        row.kinds?.length ? (
          <span className="badges">
            {row.kinds.map((kind) => (
              <KindBadge key={kind} kind={kind} />
            ))}
          </span>
        ) : (
          '–'
        ),
    },
    { title: 'Visibility', render: (row) => <Visibility isPublic={row.is_public} state={row.state} /> },
    { title: 'Tags', render: (row) => formatNumber(row.tag_count ?? 0) },
    { title: 'Size', render: (row) => <Size bytes={row.size} /> },
    { title: 'Pulls in 30 days', render: (row) => formatNumber(row.popularity ?? 0) },
    { title: 'Last modified', sort: 'modified', render: (row) => <RelativeTime at={row.last_modified} none="never" /> },
  ]
}

export function Visibility({ isPublic, state }: { isPublic: boolean; state: string }) {
  return (
    <span className="badges">
      <Label isCompact variant="outline" color={isPublic ? 'green' : 'grey'}>
        {isPublic ? 'Public' : 'Private'}
      </Label>
      {state !== 'NORMAL' && (
        <Label isCompact color="orange">
          Read-only
        </Label>
      )}
    </span>
  )
}
