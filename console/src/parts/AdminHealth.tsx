import { Label, Title } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { refusal, unreached } from '../api/errors'
import { keys } from '../api/keys'
import { useConfig } from '../api/queries'
import { Shares } from './Bars'
import { DataTable } from './DataTable'
import { formatSize } from './format'
import { Size } from './Size'
import { Answer } from './States'

const REPEAT_MS = 10_000
const MEANINGS: Record<string, string> = {
  auth: 'Registry tokens can be signed',
  database: 'Answers, and takes writes',
  disk_space: 'The disk has room for pushes',
  storage: 'Blobs can be read and written',
}

/** Each thing the registry depends on, and what fills the storage. */
export default function AdminHealth() {
  const { data: config } = useConfig()
  const health = useQuery({ queryKey: keys.admin('health'), queryFn: ({ signal }) => askHealth(signal), refetchInterval: REPEAT_MS })
  const size = useQuery({
    queryKey: keys.admin('size'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/superuser/registrysize', { signal })),
  })
  const storage = useQuery({
    queryKey: keys.admin('storage'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/superuser/storage', { signal })),
  })
  return (
    <div className="stack">
      <Answer query={health} what="the health" rows={3}>
        {(services) => (
          <DataTable
            label="Services"
            rows={Object.entries(services)}
            rowKey={([name]) => name}
            columns={[
              { title: 'Service', render: ([name]) => name },
              {
                title: 'State',
                render: ([, isWell]) => (
                  <Label isCompact color={isWell ? 'green' : 'red'}>
                    {isWell ? 'Well' : 'Not well'}
                  </Label>
                ),
              },
              { title: 'Which means', render: ([name]) => MEANINGS[name] ?? '–' },
            ]}
          />
        )}
      </Answer>
      <dl className="facts">
        <dt>Version</dt>
        <dd>{config?.version_number}</dd>
        <dt>State</dt>
        <dd>{config?.registry_state === 'readonly' ? 'Read-only' : 'Normal'}</dd>
        <dt>All blobs</dt>
        <dd>
          <Size bytes={size.data?.size_bytes} />
        </dd>
        <dt>Garbage collection</dt>
        <dd>
          {config?.features['GARBAGE_COLLECTION'] ? 'In the background.' : 'Off.'} Try it: <code>moorage collect --dry-run</code>
        </dd>
      </dl>
      <Title headingLevel="h2" size="lg">
        Storage
      </Title>
      <Answer query={storage} what="the storage" rows={4}>
        {({ namespaces, repositories }) => (
          <div className="columns">
            <Shares
              title="By organization"
              rows={namespaces.map((one) => ({ name: one.name, value: one.size, to: `/organization/${one.name}` }))}
              format={formatSize}
            />
            <Shares
              title="By repository"
              rows={repositories.map((one) => ({ name: one.name, value: one.size, to: `/repository/${one.name}` }))}
              format={formatSize}
            />
          </div>
        )}
      </Answer>
    </div>
  )
}

/** Quay's answer: 200 when all is well, 503 with the same body when something is not. */
async function askHealth(signal: AbortSignal): Promise<Record<string, boolean>> {
  const answer = await fetch('/health/endtoend', { signal }).catch(() => {
    throw unreached()
  })
  const body = (await answer.json().catch(() => null)) as { data?: { services?: Record<string, boolean> } } | null
  if (!body?.data?.services) throw refusal(answer, body)
  return body.data.services
}
