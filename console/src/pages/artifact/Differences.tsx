import { Alert } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { Empty } from '../../parts/States'
import { Hunks } from './Hunks'

type Comparison = components['schemas']['Comparison']

/** What changed, part by part; parts without a change are not shown. */
export function Differences({ comparison, isSplit }: { comparison: Comparison; isSplit: boolean }) {
  const { metadata, values, templates, dependencies, images } = comparison
  if (comparison.is_same) {
    return <Empty title="No difference">Both versions hold the same chart.</Empty>
  }
  return (
    <div className="stack">
      {comparison.is_cut && (
        <Alert isInline variant="info" component="p" title="There are more differences than are shown." />
      )}
      <Part title="Chart.yaml" isShown={metadata.length > 0}>
        <DataTable
          label="Chart.yaml"
          rows={metadata}
          rowKey={(row) => row.field}
          columns={[
            { title: 'Field', render: (row) => row.field },
            { title: 'Before', render: (row) => <Value text={row.old} /> },
            { title: 'After', render: (row) => <Value text={row.new} /> },
          ]}
        />
      </Part>
      <Part title="Values" isShown={values.length > 0 || comparison.values_hunks.length > 0}>
        {values.length > 0 && (
          <DataTable
            label="Changed values"
            rows={values}
            rowKey={(row) => row.path}
            columns={[
              { title: 'Key', render: (row) => <code className="wrap">{row.path}</code> },
              { title: 'Change', render: (row) => row.change },
              {
                title: 'Before',
                render: (row) => <Value text={row.change === 'added' ? '' : JSON.stringify(row.old)} />,
              },
              {
                title: 'After',
                render: (row) => <Value text={row.change === 'removed' ? '' : JSON.stringify(row.new)} />,
              },
            ]}
          />
        )}
        <Hunks name="values.yaml" hunks={comparison.values_hunks} isSplit={isSplit} />
      </Part>
      <Part title="Dependencies" isShown={dependencies.length > 0}>
        <DataTable
          label="Changed dependencies"
          rows={dependencies}
          rowKey={(row) => row.name}
          columns={[
            { title: 'Chart', render: (row) => row.name },
            { title: 'Change', render: (row) => row.change },
            { title: 'Before', render: (row) => <Value text={`${row.old_version} ${row.old_repository}`.trim()} /> },
            { title: 'After', render: (row) => <Value text={`${row.new_version} ${row.new_repository}`.trim()} /> },
          ]}
        />
      </Part>
      <Part title="Images" isShown={images.length > 0}>
        <DataTable
          label="Changed images"
          rows={images}
          rowKey={(row) => row.name}
          columns={[
            { title: 'Image', render: (row) => <code className="wrap">{row.name}</code> },
            { title: 'Change', render: (row) => row.change },
            { title: 'Before', render: (row) => <Value text={row.old} /> },
            { title: 'After', render: (row) => <Value text={row.new} /> },
          ]}
        />
      </Part>
      <Part title="Templates" isShown={templates.length > 0}>
        {templates.map((file) => (
          <section key={file.name} aria-label={file.name} className="stack-small">
            <h3>
              <code className="wrap">{file.name}</code> {file.change}
            </h3>
            {file.hunks.length === 0 && <p className="quiet">Too large to be shown line by line.</p>}
            <Hunks name={file.name} hunks={file.hunks} isSplit={isSplit} />
          </section>
        ))}
      </Part>
      <Part title="Schema" isShown={comparison.schema_hunks.length > 0}>
        <Hunks name="values.schema.json" hunks={comparison.schema_hunks} isSplit={isSplit} />
      </Part>
      <Part title="README" isShown={comparison.readme_hunks.length > 0}>
        <Hunks name="README.md" hunks={comparison.readme_hunks} isSplit={isSplit} />
      </Part>
    </div>
  )
}

function Part({ title, isShown, children }: { title: string; isShown: boolean; children: ReactNode }) {
  if (!isShown) return null
  return (
    <section aria-label={title} className="stack-small">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function Value({ text }: { text: string }) {
  return text ? <code className="wrap">{text}</code> : <>–</>
}
