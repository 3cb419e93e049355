import { Button } from '@patternfly/react-core'
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { useSearchParams } from 'react-router'
import { api } from '../../api/client'
import { announce } from '../../parts/announce'
import { CopyButton } from '../../parts/CopyButton'
import { Answer, Empty } from '../../parts/States'
import { keyPaths, type YamlLine } from './keyPaths'
import { RawText, saved } from './RawText'
import { type Place, usePart } from './place'

const MOST_LINES = 5000

/** values.yaml as it was written: order and comments kept, each key's path to copy. */
export default function ValuesTab({ place }: { place: Place }) {
  const values = usePart(place, 'values', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/values', options),
  )
  return (
    <Answer query={values} what="the values">
      {({ text }) =>
        text === null ? (
          <Empty title="No values">This chart has no values.yaml: there is nothing to set.</Empty>
        ) : (
          <Values text={text} />
        )
      }
    </Answer>
  )
}

function Values({ text }: { text: string }) {
  const lines = useMemo(() => (text.split('\n').length > MOST_LINES ? null : keyPaths(text)), [text])
  const [search, setSearch] = useSearchParams()
  const chosen = search.get('path')
  const choose = (path: string) =>
    setSearch(
      (now) => {
        now.set('path', path)
        return now
      },
      { replace: true },
    )
  return (
    <div className="stack-small">
      <div className="button-row">
        <CopyButton text={text} what="values.yaml" label="Copy" />
        <Button variant="secondary" size="sm" onClick={() => saved('values.yaml', text)}>
          Download
        </Button>
        {chosen && (
          <span className="named">
            <code>{chosen}</code>
            <CopyButton text={chosen} what={`path ${chosen}`} />
          </span>
        )}
      </div>
      {lines ? <Lines lines={lines} chosen={chosen} onChoose={choose} /> : <RawText text={text} label="values.yaml" />}
    </div>
  )
}

interface LinesProps {
  lines: YamlLine[]
  chosen: string | null
  onChoose: (path: string) => void
}

/** One stop of the Tab key: arrows go from key to key, Enter chooses one and puts it in the URL. */
function Lines({ lines, chosen, onChoose }: LinesProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'center' })
    // Where one came to by a link; a choice made here stands where it was made.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  const first = lines.find((line) => line.path !== null)?.path
  const stop = chosen !== null && lines.some((line) => line.path === chosen) ? chosen : first
  let isStopSet = false
  return (
    // The keys in it are the controls; arrows go between them.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={box}
      className="yaml"
      role="group"
      aria-label="values.yaml: arrow keys go from key to key"
      onKeyDown={move}
    >
      {lines.map((line, number) => {
        const isStop = !isStopSet && line.path !== null && line.path === stop
        isStopSet ||= isStop
        return (
          <div key={number} className={line.text.trimStart().startsWith('#') ? 'yaml-line quiet' : 'yaml-line'}>
            <span className="yaml-number" aria-hidden="true">
              {number + 1}
            </span>
            {line.path === null ? (
              <span>{line.text || ' '}</span>
            ) : (
              <Key line={line} path={line.path} isStop={isStop} isChosen={line.path === chosen} onChoose={onChoose} />
            )}
          </div>
        )
      })}
    </div>
  )
}

interface KeyProps {
  line: YamlLine
  path: string
  isStop: boolean
  isChosen: boolean
  onChoose: (path: string) => void
}

function Key({ line, path, isStop, isChosen, onChoose }: KeyProps) {
  const colon = line.text.search(/:(\s|$)/)
  const start = /^(\s|- )*/.exec(line.text)?.[0].length ?? 0
  return (
    <span>
      {line.text.slice(0, start)}
      <button
        type="button"
        tabIndex={isStop ? 0 : -1}
        className="yaml-key"
        aria-current={isChosen}
        title={path}
        aria-label={`${line.text.slice(start, colon)}, path ${path}`}
        onClick={() => {
          onChoose(path)
          announce(`Chosen ${path}`)
        }}
      >
        {line.text.slice(start, colon)}
      </button>
      {line.text.slice(colon)}
    </span>
  )
}

function move(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const all = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('.yaml-key')]
  all[all.indexOf(document.activeElement as HTMLButtonElement) + step]?.focus()
}
