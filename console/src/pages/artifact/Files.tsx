import { Alert, Button } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { api, ok } from '../../api/client'
import { keys } from '../../api/keys'
import { DataTable } from '../../parts/DataTable'
import { Digest } from '../../parts/Digest'
import { Size } from '../../parts/Size'
import { Answer, Empty } from '../../parts/States'
import { downloadPath, type Place, usePart } from './place'

const PREVIEWED_BYTES = 262_144

export function useFiles(place: Place) {
  return usePart(place, 'files', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/files', options),
  )
}

/** The files of an artifact, and the text of the one that the URL names. */
export function Files({ place }: { place: Place }) {
  const files = useFiles(place)
  const [search, setSearch] = useSearchParams()
  const chosen = search.get('file')
  const choose = (digest: string) =>
    setSearch((now) => {
      now.set('file', digest)
      return now
    })
  return (
    <Answer query={files} what="the files">
      {(found) =>
        found.files.length === 0 ? (
          <Empty title="No files">This artifact has no content of its own: all it says is in its manifest.</Empty>
        ) : (
          <div className="stack">
            <DataTable
              label="Files"
              rows={found.files}
              rowKey={(file) => file.digest}
              columns={[
                {
                  title: 'File',
                  render: (file) => (
                    <Button variant="link" isInline className="file-name" onClick={() => choose(file.digest)}>
                      {file.title}
                    </Button>
                  ),
                },
                { title: 'Media type', render: (file) => <code className="wrap">{file.media_type}</code> },
                { title: 'Size', render: (file) => <Size bytes={file.size} /> },
                { title: 'Digest', render: (file) => <Digest value={file.digest} /> },
                {
                  title: 'Download',
                  render: (file) => (
                    <a
                      href={downloadPath(place, file.digest)}
                      download={file.title}
                      aria-label={`Download ${file.title}`}
                    >
                      Download
                    </a>
                  ),
                },
              ]}
            />
            {chosen && <Preview place={place} file={chosen} />}
          </div>
        )
      }
    </Answer>
  )
}

function Preview({ place, file }: { place: Place; file: string }) {
  const text = useQuery({
    queryKey: keys.repository(place.repository, 'manifest', place.digest, 'text', file),
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/files/{filedigest}/text', {
          params: { path: { repository: place.repository, manifestref: place.digest, filedigest: file } },
          signal,
        }),
      ),
  })
  return (
    <section aria-label="Preview" className="stack-small">
      <Answer query={text} what="the file">
        {(found) => (
          <>
            <h2>{found.title}</h2>
            {found.text === null ? (
              <p>This file is no text.</p>
            ) : (
              <>
                {found.is_truncated && (
                  <Alert
                    isInline
                    variant="info"
                    component="p"
                    title={`The first ${PREVIEWED_BYTES / 1024} KiB are shown.`}
                  />
                )}
                {/* What scrolls can be reached with the keyboard. */}
                {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
                <pre className="file-text" tabIndex={0} aria-label={`Text of ${found.title}`}>
                  {found.text}
                </pre>
              </>
            )}
          </>
        )}
      </Answer>
    </section>
  )
}
