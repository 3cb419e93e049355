import { Alert, Button } from '@patternfly/react-core'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { api } from '../../api/client'
import { CopyButton } from '../../parts/CopyButton'
import { DataTable } from '../../parts/DataTable'
import { FilterInput } from '../../parts/ListToolbar'
import { Answer, Empty, NoMatch } from '../../parts/States'
import { RawText, saved } from './RawText'
import { schemaRows } from './schemaRows'
import { type Place, usePart } from './place'

/** What may be set, of which type and with which default. */
export default function SchemaTab({ place }: { place: Place }) {
  const schema = usePart(place, 'schema', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/schema', options),
  )
  return (
    <Answer query={schema} what="the schema">
      {({ text }) =>
        text === null ? (
          <Empty title="No schema">
            A file values.schema.json in the chart says what may be set, and Helm checks values by it. This chart has
            none.
          </Empty>
        ) : (
          <Schema text={text} />
        )
      }
    </Answer>
  )
}

function Schema({ text }: { text: string }) {
  const rows = useMemo(() => schemaRows(text), [text])
  const [search, setSearch] = useSearchParams()
  const filter = search.get('filter') ?? ''
  const set = (key: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(key, value)
        else now.delete(key)
        return now
      },
      { replace: true },
    )
  const isRaw = rows === null || rows.length === 0 || search.get('as') === 'text'
  const shown = (rows ?? []).filter((row) =>
    `${row.path} ${row.description}`.toLowerCase().includes(filter.toLowerCase()),
  )
  return (
    <div className="stack-small">
      {rows === null && (
        <Alert
          isInline
          variant="warning"
          component="p"
          title="The schema is no JSON object; it is shown as it was pushed."
        />
      )}
      <div className="button-row">
        {!isRaw && (
          <FilterInput value={filter} label="Filter by key or description" onChange={(next) => set('filter', next)} />
        )}
        {rows !== null && rows.length > 0 && (
          <Button variant="secondary" size="sm" onClick={() => set('as', isRaw ? '' : 'text')}>
            {isRaw ? 'As a table' : 'As text'}
          </Button>
        )}
        <CopyButton text={text} what="values.schema.json" label="Copy" />
        <Button variant="secondary" size="sm" onClick={() => saved('values.schema.json', text)}>
          Download
        </Button>
      </div>
      {isRaw ? (
        <RawText text={text} label="values.schema.json" />
      ) : shown.length === 0 ? (
        <NoMatch onClear={() => set('filter', '')} />
      ) : (
        <DataTable
          label="Values by the schema"
          rows={shown}
          rowKey={(row) => row.path}
          columns={[
            { title: 'Key', render: (row) => <code className="wrap">{row.path}</code> },
            { title: 'Type', render: (row) => <code className="wrap">{row.type || 'any'}</code> },
            { title: 'Default', render: (row) => (row.fallback ? <code className="wrap">{row.fallback}</code> : '–') },
            { title: 'Required', render: (row) => (row.isRequired ? 'yes' : 'no') },
            { title: 'Description', render: (row) => row.description || '–' },
          ]}
        />
      )}
    </div>
  )
}
