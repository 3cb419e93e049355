import { Alert, Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Choice } from './Choice'
import { DataTable } from './DataTable'
import { ListToolbar } from './ListToolbar'
import { Answer, NoMatch } from './States'
import { useListState } from './useListState'

const ORIGINS = [
  ['', 'Set anywhere'],
  ['given', 'Set by somebody'],
  ['default', 'Left at the default'],
] as const

/** Every setting with its value and where that comes from. Read-only: the file is the truth. */
export default function AdminConfiguration() {
  const list = useListState('key')
  const query = useQuery({
    queryKey: keys.admin('settings'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/superuser/settings', { signal })),
  })
  const origin = list.value('origin')
  const wanted = list.filter.toUpperCase()
  return (
    <>
      <ListToolbar list={list} label="Filter by key">
        <Choice isBare label="Origin" value={origin} options={ORIGINS} onChange={(value) => list.setValue('origin', value)} />
      </ListToolbar>
      <Answer query={query} what="the configuration">
        {({ settings, unknown }) => {
          const shown = settings.filter(
            (one) => one.key.includes(wanted) && (origin === '' || (one.origin === 'default') === (origin === 'default')),
          )
          return (
            <>
              {unknown.length > 0 && (
                <Alert isInline variant="warning" title="Keys that mean nothing here">
                  {unknown.join(', ')}. <code>moorage check-config FILE</code> says what may be meant.
                </Alert>
              )}
              {shown.length > 0 ? (
                <DataTable
                  label="Configuration"
                  rows={shown}
                  rowKey={(row) => row.key}
                  columns={[
                    { title: 'Key', render: (row) => <code className="secret">{row.key}</code> },
                    { title: 'Value', render: (row) => <code className="secret">{shownValue(row.value)}</code> },
                    {
                      title: 'From',
                      render: (row) => (
                        <Label isCompact color={row.origin === 'default' ? 'grey' : 'blue'}>
                          {row.origin}
                        </Label>
                      ),
                    },
                  ]}
                />
              ) : (
                <NoMatch onClear={() => list.setFilter('')} />
              )}
            </>
          )
        }}
      </Answer>
    </>
  )
}

function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'not set'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
