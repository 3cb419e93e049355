import { Button } from '@patternfly/react-core'
import { useFiles } from './Files'
import { downloadPath, type Place } from './place'

const CHART = /\.tgz$/
const PROVENANCE = /\.prov$/

/** The chart's archive and its provenance, over plain https. */
export function Downloads({ place }: { place: Place }) {
  const files = useFiles(place).data?.files ?? []
  return (
    <>
      {files
        .filter((file) => CHART.test(file.title) || PROVENANCE.test(file.title))
        .map((file) => (
          <Button
            key={file.digest}
            variant="secondary"
            size="sm"
            component="a"
            href={downloadPath(place, file.digest)}
            download={file.title}
          >
            {PROVENANCE.test(file.title) ? '.prov' : '.tgz'}
            <span className="off-screen"> download {file.title}</span>
          </Button>
        ))}
    </>
  )
}
