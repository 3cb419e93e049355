import './artifact/artifact.css'
import { Button, FormSelect, FormSelectOption, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { CopyButton } from '../parts/CopyButton'
import { PageTitle } from '../parts/PageTitle'
import { Answer, Empty } from '../parts/States'
import { Differences } from './artifact/Differences'

type TagRow = components['schemas']['TagRow']

const LISTED = 100

/** Two versions of a chart beside each other. */
export default function ComparePage({ repository }: { repository: string }) {
  const [search, setSearch] = useSearchParams()
  const tags = useQuery({
    queryKey: keys.repository(repository, 'charts to compare'),
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/tags', {
          params: { path: { repository }, query: { kind: 'chart', limit: LISTED } },
          signal,
        }),
      ),
  })
  const rows = tags.data?.tags ?? []
  const to = search.get('to') ?? rows[0]?.name ?? ''
  const from = search.get('from') ?? before(rows, to)
  const isSplit = search.get('view') === 'split'
  const set = (values: Record<string, string>) =>
    setSearch((now) => {
      for (const [key, value] of Object.entries(values)) now.set(key, value)
      return now
    })
  return (
    <>
      <PageTitle
        title={`Compare ${repository.split('/').at(-1)}`}
        above={
          <nav aria-label="Where this is" className="crumbs">
            <Link to={`/repository/${repository}`}>{repository}</Link>
          </nav>
        }
      />
      <Answer query={tags} what={`the versions of ${repository}`}>
        {(found) =>
          found.tags.length < 2 && !(from && to && from !== to) ? (
            <Empty title="There is nothing to compare">
              This repository has {found.tags.length === 1 ? 'one version' : 'no version'} of a chart. Push another one.
            </Empty>
          ) : (
            <div className="stack">
              <div className="compare-form">
                <Choice label="From" value={from} rows={rows} onChoose={(tag) => set({ from: tag, to })} />
                <Choice label="To" value={to} rows={rows} onChoose={(tag) => set({ from, to: tag })} />
                <Button variant="secondary" onClick={() => set({ from: to, to: from })}>
                  Swap
                </Button>
                <ToggleGroup aria-label="View">
                  <ToggleGroupItem
                    text="Unified"
                    buttonId="unified"
                    isSelected={!isSplit}
                    onChange={() => set({ view: 'unified' })}
                  />
                  <ToggleGroupItem
                    text="Split"
                    buttonId="split"
                    isSelected={isSplit}
                    onChange={() => set({ view: 'split' })}
                  />
                </ToggleGroup>
                <CopyButton text={linkTo(repository, from, to)} what="link to this comparison" label="Copy link" />
              </div>
              {from && to && <Compared repository={repository} from={from} to={to} isSplit={isSplit} />}
            </div>
          )
        }
      </Answer>
    </>
  )
}

interface ComparedProps {
  repository: string
  from: string
  to: string
  isSplit: boolean
}

function Compared({ repository, from, to, isSplit }: ComparedProps) {
  const comparison = useQuery({
    queryKey: keys.repository(repository, 'compare', from, to),
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/repository/{repository}/compare', {
          params: { path: { repository }, query: { from, to } },
          signal,
        }),
      ),
  })
  return (
    <Answer query={comparison} what={`the comparison of ${from} and ${to}`}>
      {(found) => <Differences comparison={found} isSplit={isSplit} />}
    </Answer>
  )
}

interface ChoiceProps {
  label: string
  value: string
  rows: TagRow[]
  onChoose: (tag: string) => void
}

function Choice({ label, value, rows, onChoose }: ChoiceProps) {
  const isListed = rows.some((row) => row.name === value)
  return (
    <label>
      {label}
      <FormSelect aria-label={`${label} version`} value={value} onChange={(_, tag) => onChoose(tag)}>
        {!isListed && value && <FormSelectOption value={value} label={value.slice(0, 24)} />}
        {rows.map((row) => (
          <FormSelectOption
            key={row.name}
            value={row.name}
            label={row.version && row.version !== row.name ? `${row.name} (${row.version})` : row.name}
          />
        ))}
      </FormSelect>
    </label>
  )
}

/** The version below `to`: rows come with the highest first. */
function before(rows: TagRow[], to: string): string {
  const place = rows.findIndex((row) => row.name === to)
  return rows[place + 1]?.name ?? rows.find((row) => row.name !== to)?.name ?? ''
}

function linkTo(repository: string, from: string, to: string): string {
  return `${location.origin}/repository/${repository}/compare?${new URLSearchParams({ from, to }).toString()}`
}
