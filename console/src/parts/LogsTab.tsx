import { Button } from '@patternfly/react-core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { Bars, type Series } from './Bars'
import { DataTable, type Column } from './DataTable'
import { Field } from './Field'
import { formatDay } from './format'
import { Pager } from './ListToolbar'
import { saidOf } from './logWords'
import { RelativeTime } from './RelativeTime'
import { Answer, Empty } from './States'
import { useListState, type ListState } from './useListState'

type Line = components['schemas']['LogView']
type Aggregates = components['schemas']['Aggregates']

/** Whose log. */
export type LogsOf =
  | { kind: 'organization'; name: string }
  | { kind: 'repository'; name: string }
  | { kind: 'user' }
  | { kind: 'all' }

const DAY_MS = 86_400_000
const SHOWN_DAYS = 14
const KINDS_SHOWN = 4

/** What happened and by whom: bars by day, and the lines behind them. */
export function LogsTab({ of }: { of: LogsOf }) {
  const list = useListState('')
  const range = rangeOf(list)
  const times = { starttime: americanDay(range.from), endtime: americanDay(range.to) }
  const counts = useQuery({
    queryKey: keys.logs(of, 'counts', times),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => askCounts(of, times, signal),
  })
  const lines = useQuery({
    queryKey: keys.logs(of, 'lines', times, list.page),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => askLines(of, { ...times, next_page: list.page, limit: 50 }, signal),
  })
  return (
    <div className="stack">
      <div className="list-toolbar">
        <Field label="From" type="date" value={range.from} onChange={(day) => list.setValue('from', day)} />
        <Field label="To" type="date" value={range.to} onChange={(day) => list.setValue('to', day)} />
        {of.kind === 'all' && (
          <a
            className="list-toolbar-end"
            download="moorage-usage.jsonl"
            href={`/api/v1/superuser/logs/export?${new URLSearchParams(times)}`}
          >
            Download as JSON lines
          </a>
        )}
      </div>
      <Answer query={counts} what="the log" rows={3}>
        {(found) => (found.aggregated.length > 0 ? <Bars title="By day" {...byDay(found, range)} /> : null)}
      </Answer>
      <Answer query={lines} what="the log">
        {(found) =>
          found.logs.length > 0 ? (
            <DataTable
              label="Log"
              rows={found.logs.map((line, index) => ({ ...line, index }))}
              rowKey={(line) => String(line.index)}
              columns={columns(of)}
              isStale={lines.isPlaceholderData}
            />
          ) : (
            <Empty
              title="Nothing happened in these days"
              actions={
                <Button variant="link" onClick={() => list.setValue('from', isoDay(Date.now() - 90 * DAY_MS))}>
                  Look at the last 90 days
                </Button>
              }
            >
              Pushes, pulls and changes are listed here.
            </Empty>
          )
        }
      </Answer>
      <Pager list={list} shown={lines.data?.logs.length ?? 0} nextPage={lines.data?.next_page} />
    </div>
  )
}

function columns(of: LogsOf): Column<Line>[] {
  return [
    { title: 'When', render: (line) => <RelativeTime at={line.datetime} /> },
    { title: 'What', render: (line) => saidOf(line.kind, line.metadata) },
    ...(of.kind === 'all' ? [{ title: 'Namespace', render: (line: Line) => line.namespace?.name ?? '–' }] : []),
    { title: 'By', render: (line) => line.performer?.name ?? 'nobody signed in' },
    { title: 'From', render: (line) => line.ip || '–' },
  ]
}

interface Range {
  from: string
  to: string
}

function rangeOf(list: ListState): Range {
  const to = list.value('to') || isoDay(Date.now())
  return { to, from: list.value('from') || isoDay(Date.parse(to) - (SHOWN_DAYS - 1) * DAY_MS) }
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** The API takes days as Quay does: mm/dd/yyyy. */
function americanDay(day: string): string {
  const [year, month, date] = day.split('-')
  return `${month}/${date}/${year}`
}

/** The commonest kinds have a colour each, the rest share one. */
function byDay({ aggregated }: Aggregates, { from, to }: Range): { labels: string[]; series: Series[] } {
  const days: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to) && days.length < 366; at += DAY_MS) days.push(isoDay(at))
  const totals = new Map<string, number>()
  for (const { kind, count } of aggregated) totals.set(kind, (totals.get(kind) ?? 0) + count)
  const common = [...totals].sort((a, b) => b[1] - a[1]).map(([kind]) => kind)
  const own = common.slice(0, KINDS_SHOWN)
  const names = common.length > own.length ? [...own, 'others'] : own
  const series = names.map((name) => ({
    name: name === 'others' ? 'Others' : saidOf(name, {}),
    values: days.map((day) =>
      aggregated
        .filter((one) => isoDay(Date.parse(one.datetime)) === day && (name === 'others' ? !own.includes(one.kind) : one.kind === name))
        .reduce((sum, one) => sum + one.count, 0),
    ),
  }))
  return { labels: days.map((day) => formatDay(new Date(`${day}T12:00:00Z`))), series }
}

interface Times {
  starttime: string
  endtime: string
}

async function askCounts(of: LogsOf, query: Times, signal: AbortSignal): Promise<Aggregates> {
  switch (of.kind) {
    case 'organization':
      return ok(api.GET('/api/v1/organization/{orgname}/aggregatelogs', { params: { path: { orgname: of.name }, query }, signal }))
    case 'repository':
      return ok(api.GET('/api/v1/repository/{repository}/aggregatelogs', { params: { path: { repository: of.name }, query }, signal }))
    case 'user':
      return ok(api.GET('/api/v1/user/aggregatelogs', { params: { query }, signal }))
    case 'all':
      return ok(api.GET('/api/v1/superuser/aggregatelogs', { params: { query }, signal }))
  }
}

async function askLines(of: LogsOf, query: Times & { next_page?: string; limit: number }, signal: AbortSignal) {
  switch (of.kind) {
    case 'organization':
      return ok(api.GET('/api/v1/organization/{orgname}/logs', { params: { path: { orgname: of.name }, query }, signal }))
    case 'repository':
      return ok(api.GET('/api/v1/repository/{repository}/logs', { params: { path: { repository: of.name }, query }, signal }))
    case 'user':
      return ok(api.GET('/api/v1/user/logs', { params: { query }, signal }))
    case 'all':
      return ok(api.GET('/api/v1/superuser/logs', { params: { query }, signal }))
  }
}
