import { Button } from '@patternfly/react-core'
import { useFiles } from './Files'
import { downloadPath, type Place } from './place'

/** The end of the layer's media type, and what the file is called. */
const CHART_FILES: [end: RegExp, shown: string][] = [
  [/tar\+gzip$/, '.tgz'],
  [/\.prov$/, '.prov'],
]

/** The chart's archive and its provenance, over plain https. */
export function Downloads({ place }: { place: Place }) {
  const files = useFiles(place).data?.files ?? []
  return (
    <>
      {files.map((file) => {
        const shown = CHART_FILES.find(([end]) => end.test(file.media_type))?.[1]
        if (!shown) return null
        return (
          <Button key={file.digest} variant="secondary" size="sm" component="a" href={downloadPath(place, file.digest)} download>
            {shown}
            <span className="off-screen"> download</span>
          </Button>
        )
      })}
    </>
  )
}
