import { Button } from '@patternfly/react-core'
import { useSearchParams } from 'react-router'
import { api } from '../../api/client'
import { CopyButton } from '../../parts/CopyButton'
import { Answer, Empty } from '../../parts/States'
import { RawText } from './RawText'
import { type Place, usePart } from './place'

/** The chart's templates, unrendered. */
export default function TemplatesTab({ place }: { place: Place }) {
  const templates = usePart(place, 'templates', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/templates', options),
  )
  const [search, setSearch] = useSearchParams()
  return (
    <Answer query={templates} what="the templates">
      {({ templates: files }) => {
        const chosen = files.find((file) => file.name === search.get('file')) ?? files[0]
        if (!chosen)
          return (
            <Empty title="No templates">A library chart needs none; any other installs nothing without them.</Empty>
          )
        return (
          <div className="files-beside">
            <nav aria-label="Templates" className="file-list">
              {files.map((file) => (
                <Button
                  key={file.name}
                  variant="link"
                  isInline
                  aria-current={file === chosen ? 'true' : undefined}
                  onClick={() =>
                    setSearch((now) => {
                      now.set('file', file.name)
                      return now
                    })
                  }
                >
                  {file.name}
                </Button>
              ))}
            </nav>
            <section aria-label={chosen.name} className="stack-small">
              <div className="button-row">
                <h2>{chosen.name}</h2>
                <CopyButton text={chosen.text} what={chosen.name} />
              </div>
              <RawText text={chosen.text} label={`Text of ${chosen.name}`} />
            </section>
          </div>
        )
      }}
    </Answer>
  )
}
