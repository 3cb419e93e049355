import { DataTable } from '../../parts/DataTable'
import { Size } from '../../parts/Size'
import { ManifestFacts } from './ManifestFacts'
import type { ChartDetails, PageProps } from './place'

/** The manifest, what Chart.yaml says besides, definitions and files. */
export default function ChartDetailsTab({ place, artifact, chart }: PageProps & { chart: ChartDetails }) {
  return (
    <div className="stack">
      <ManifestFacts
        place={place}
        artifact={artifact}
        first={{ Chart: chart.name, 'API version': chart.api_version }}
      />
      {chart.definitions.length > 0 && (
        <section aria-labelledby="definitions">
          <h2 id="definitions">Custom resource definitions</h2>
          <DataTable
            label="Custom resource definitions"
            rows={chart.definitions}
            rowKey={(one) => one.name}
            columns={[
              { title: 'Kind', render: (one) => one.kind },
              { title: 'Group', render: (one) => one.group },
              { title: 'Versions', render: (one) => one.versions.join(', ') },
              { title: 'File', render: (one) => <code className="wrap">{one.file}</code> },
            ]}
          />
        </section>
      )}
      <section aria-labelledby="files">
        <h2 id="files">Files</h2>
        <DataTable
          label="Files in the archive"
          rows={chart.files}
          rowKey={(file) => file.name}
          columns={[
            { title: 'File', render: (file) => <code className="wrap">{file.name}</code> },
            { title: 'Size', render: (file) => <Size bytes={file.size_bytes} /> },
          ]}
        />
      </section>
    </div>
  )
}
