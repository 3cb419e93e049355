import { Button, Label } from '@patternfly/react-core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { ActionMenu } from './ActionMenu'
import { Choice } from './Choice'
import { DataTable, type Column } from './DataTable'
import { Digest } from './Digest'
import { KindBadge } from './KindBadge'
import { ListToolbar, Pager } from './ListToolbar'
import { PushCommands } from './PushCommands'
import { RelativeTime } from './RelativeTime'
import { Size } from './Size'
import { Answer, Empty, NoMatch } from './States'
import { TagCopy } from './TagCopy'
import { useListState } from './useListState'
import { useModal } from './useModal'
import { useSelection } from './useSelection'

const TagDialogs = lazy(() => import('./TagDialogs'))

export type TagRow = components['schemas']['TagRow']
type Sort = 'version' | 'name' | 'modified' | 'size'

interface Props {
  name: string
  mayWrite: boolean
  /** Why nothing can be written now. */
  readOnly?: string
}

const SIGNED = [
  ['', 'Signed or not'],
  ['true', 'Signed'],
  ['false', 'Not signed'],
] as const

/** Live tags, the highest version first. */
export default function TagsTab({ name, mayWrite, readOnly }: Props) {
  const list = useListState('-version')
  const modal = useModal()
  const selection = useSelection()
  const queries = useQueryClient()
  const signed = list.value('signed')
  const asked = {
    sort: list.sort.replace('-', '') as Sort,
    descending: list.sort.startsWith('-'),
    filter: list.filter,
    signed: signed === '' ? undefined : signed === 'true',
    next_page: list.page,
  }
  const query = useQuery({
    queryKey: keys.repository(name, 'tags', asked),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/repository/{repository}/tags', { params: { path: { repository: name }, query: asked }, signal })),
  })
  const changed = async () => {
    selection.clear()
    await queries.invalidateQueries({ queryKey: keys.repository(name) })
  }
  const isFiltered = list.filter !== '' || signed !== ''
  return (
    <>
      <ListToolbar list={list} label="Filter by tag">
        <Choice isBare label="Signed" value={signed} options={SIGNED} onChange={(value) => list.setValue('signed', value)} />
        {selection.keys.length === 2 && (
          <Link
            className="pf-v6-c-button pf-m-secondary"
            to={`/repository/${name}/compare?from=${selection.keys[1]}&to=${selection.keys[0]}`}
          >
            Compare the two
          </Link>
        )}
        {mayWrite && selection.keys.length > 0 && (
          <Button variant="danger" isDisabled={Boolean(readOnly)} title={readOnly} onClick={() => modal.show('tags-delete')}>
            Delete {selection.keys.length}
          </Button>
        )}
      </ListToolbar>
      <Answer query={query} what="the tags">
        {(page) =>
          page.tags.length > 0 ? (
            <DataTable
              label="Tags"
              rows={page.tags}
              rowKey={(row) => row.name}
              columns={columns(name)}
              sort={list.sort}
              onSort={list.setSort}
              selection={selection}
              isStale={query.isPlaceholderData}
              actions={(row) => (
                <span className="row-actions">
                  <TagCopy repository={name} tag={row.name} digest={row.digest} kind={row.kind} />
                  {mayWrite && (
                    <ActionMenu
                      label={`Actions for ${row.name}`}
                      actions={[
                        { text: 'Add a tag to it', disabled: readOnly, onClick: () => modal.show('tag-add', { tag: row.name }) },
                        { text: 'Labels', onClick: () => modal.show('tag-labels', { tag: row.name }) },
                        { text: 'Expiry', disabled: readOnly, onClick: () => modal.show('tag-expiry', { tag: row.name }) },
                        { text: 'Delete', isDanger: true, disabled: readOnly, onClick: () => modal.show('tag-delete', { tag: row.name }) },
                      ]}
                    />
                  )}
                </span>
              )}
            />
          ) : isFiltered ? (
            <NoMatch
              onClear={() => {
                list.setFilter('')
                list.setValue('signed', '')
              }}
            />
          ) : (
            <Empty title="No tags yet">
              {mayWrite && (
                <>
                  <p>A push makes one:</p>
                  <PushCommands namespace={name.split('/')[0] ?? ''} repository={name.split('/').slice(1).join('/')} />
                </>
              )}
            </Empty>
          )
        }
      </Answer>
      <Pager list={list} shown={query.data?.tags.length ?? 0} total={query.data?.total} nextPage={query.data?.next_page} />
      <Suspense fallback={null}>
        {modal.name?.startsWith('tag') && query.data && (
          <TagDialogs
            repository={name}
            dialog={modal.name}
            mayWrite={mayWrite}
            rows={query.data.tags}
            row={query.data.tags.find((row) => row.name === modal.value('tag'))}
            chosen={selection.keys}
            onClose={() => modal.close('tag')}
            onDone={changed}
          />
        )}
      </Suspense>
    </>
  )
}

function columns(repository: string): Column<TagRow>[] {
  return [
    {
      title: 'Tag',
      sort: 'version',
      render: (row) => (
        <span className="badges">
          <Link to={`/repository/${repository}/tag/${row.name}`}>{row.name}</Link>
          {row.is_prerelease && (
            <Label isCompact color="yellow">
              Prerelease
            </Label>
          )}
          {row.is_deprecated && (
            <Label isCompact color="red">
              Deprecated
            </Label>
          )}
        </span>
      ),
    },
    {
      title: 'Kind',
      render: (row) => (
        <span className="badges">
          <KindBadge kind={row.kind} />
          {row.is_signed && (
            <Label isCompact color="green">
              Signed
            </Label>
          )}
        </span>
      ),
    },
    { title: 'App version', render: (row) => row.app_version || '–' },
    { title: 'Size', sort: 'size', render: (row) => <Size bytes={row.size} /> },
    { title: 'Digest', render: (row) => <Digest value={row.digest} /> },
    { title: 'Modified', sort: 'modified', render: (row) => <RelativeTime at={row.last_modified} /> },
    { title: 'Expires', render: (row) => <RelativeTime at={row.expiration} none="never" /> },
  ]
}
