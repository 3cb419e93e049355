import type { components } from '../../api/schema'
import { DataTable } from '../../parts/DataTable'
import { Digest } from '../../parts/Digest'
import { Size } from '../../parts/Size'
import { Empty } from '../../parts/States'

type Image = components['schemas']['ImageDetails']

/** The layers with their sizes as bars, and the steps that made them. */
export function ImageLayers({ image }: { image: Image }) {
  const largest = Math.max(...image.layers.map((layer) => layer.size_bytes), 1)
  if (image.layers.length === 0) return <Empty title="No layers">This image has no content of its own.</Empty>
  const silent = image.history.filter((step) => step.is_empty)
  return (
    <div className="stack">
      <DataTable
        label="Layers"
        rows={image.layers.map((layer, place) => ({ ...layer, place }))}
        rowKey={(layer) => String(layer.place)}
        columns={[
          { title: 'Made by', render: (layer) => <code className="wrap">{asLine(layer.created_by) || '–'}</code> },
          {
            title: 'Size',
            className: 'layer-size',
            render: (layer) => (
              <span className="size-bar">
                <Size bytes={layer.size_bytes} />
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect width="100" height="8" className="size-bar-back" />
                  <rect width={Math.max((layer.size_bytes / largest) * 100, 1)} height="8" className="size-bar-front" />
                </svg>
              </span>
            ),
          },
          { title: 'Digest', render: (layer) => <Digest value={layer.digest} /> },
        ]}
      />
      {silent.length > 0 && (
        <section aria-labelledby="silent">
          <h2 id="silent">Steps without a layer</h2>
          <ol className="history">
            {silent.map((step, place) => (
              <li key={place}>
                <code className="wrap">{asLine(step.created_by)}</code>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

/** A history line as its Dockerfile has it. */
function asLine(text: string): string {
  return text
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
}
