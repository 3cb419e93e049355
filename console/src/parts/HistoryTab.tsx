import { Button, Label } from '@patternfly/react-core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Digest, shortDigest } from './Digest'
import { ListToolbar, Pager } from './ListToolbar'
import { RelativeTime } from './RelativeTime'
import { Size } from './Size'
import { Answer, Empty, NoMatch } from './States'
import { toast } from './toasts'
import { useListState } from './useListState'
import { useModal } from './useModal'

type Ended = components['schemas']['TagView']

interface Props {
  name: string
  mayWrite: boolean
  readOnly?: string
}

/** Where each tag pointed, and when: what is gone can be brought back. */
export default function HistoryTab({ name, mayWrite, readOnly }: Props) {
  const list = useListState('')
  const modal = useModal()
  const queries = useQueryClient()
  const page = Number(list.page ?? 1)
  const query = useQuery({
    queryKey: keys.repository(name, 'history', list.filter, page),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/tag', {
          params: {
            path: { repository: name },
            query: { page, limit: 50, filter_tag_name: list.filter ? `like:${list.filter}` : undefined },
          },
          signal,
        }),
      ),
  })
  const restore = async () => {
    const tag = modal.value('tag')
    await ok(
      api.POST('/api/v1/repository/{repository}/tag/{tag}/restore', {
        params: { path: { repository: name, tag } },
        body: { manifest_digest: modal.value('digest') },
      }),
    )
    toast('success', `${tag} is back at ${shortDigest(modal.value('digest'))}`)
    modal.close('tag', 'digest')
    await queries.invalidateQueries({ queryKey: keys.repository(name) })
  }
  return (
    <>
      <ListToolbar list={list} label="Filter by tag" />
      <Answer query={query} what="the history">
        {({ tags }) =>
          tags.length > 0 ? (
            <DataTable
              label="History"
              rows={tags}
              rowKey={(row) => `${row.name} ${row.manifest_digest} ${row.start_ts} ${row.end_ts ?? ''}`}
              isStale={query.isPlaceholderData}
              columns={[
                {
                  title: 'Tag',
                  render: (row) => (isLive(row) ? <Link to={`/repository/${name}/tag/${row.name}`}>{row.name}</Link> : row.name),
                },
                {
                  title: 'What happened',
                  render: (row) => (
                    <span className="badges">
                      {row.reversion ? 'Brought back' : 'Pushed'}
                      {!isLive(row) && (
                        <Label isCompact color="grey">
                          Deleted or moved
                        </Label>
                      )}
                    </span>
                  ),
                },
                { title: 'Digest', render: (row) => <Digest value={row.manifest_digest} /> },
                { title: 'Size', render: (row) => <Size bytes={row.size} /> },
                { title: 'From', render: (row) => <RelativeTime at={row.start_ts} /> },
                { title: 'Until', render: (row) => <RelativeTime at={row.end_ts} none="now" /> },
              ]}
              actions={
                mayWrite
                  ? (row) =>
                      isLive(row) ? null : (
                        <Button
                          variant="secondary"
                          size="sm"
                          isDisabled={Boolean(readOnly)}
                          title={readOnly}
                          onClick={() => modal.show('restore', { tag: row.name, digest: row.manifest_digest })}
                        >
                          Restore<span className="off-screen"> {row.name}</span>
                        </Button>
                      )
                  : undefined
              }
            />
          ) : list.filter ? (
            <NoMatch onClear={() => list.setFilter('')} />
          ) : (
            <Empty title="Nothing has happened yet">Every push, move and deletion of a tag is listed here.</Empty>
          )
        }
      </Answer>
      <Pager list={list} shown={query.data?.tags.length ?? 0} nextPage={query.data?.has_additional ? String(page + 1) : undefined} />
      {modal.name === 'restore' && (
        <Dialog
          title={`Restore ${modal.value('tag')}?`}
          action="Restore"
          onAction={restore}
          onClose={() => modal.close('tag', 'digest')}
        >
          <p>
            It names <code>{shortDigest(modal.value('digest'))}</code> again. What it names now, if anything, stays in the history.
          </p>
        </Dialog>
      )}
    </>
  )
}

function isLive(row: Ended): boolean {
  return row.end_ts === undefined || row.end_ts * 1000 > Date.now()
}
