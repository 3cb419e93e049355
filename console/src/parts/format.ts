const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const SPANS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const whole = new Intl.NumberFormat('en')

/** `1.2 MB`; decimal units, never `0.0 MB`. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

export function formatNumber(value: number): string {
  return whole.format(value)
}

/** `1 repository`, `1,200 repositories`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** `3 hours ago`, `in 2 weeks`. */
export function formatRelative(at: Date, now = new Date()): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const found = SPANS.find(([, span]) => Math.abs(seconds) >= span)
  if (!found) return 'just now'
  return relative.format(Math.trunc(seconds / found[1]), found[0])
}

export function formatTime(at: Date): string {
  return full.format(at)
}

export function formatDay(at: Date): string {
  return day.format(at)
}

/** What the API calls a time: `Mon, 23 Nov 2026 07:14:53 -0000`, or seconds since 1970. */
export function timeOf(value: string | number): Date {
  return new Date(typeof value === 'number' ? value * 1000 : value)
}

/** `2w` as `2 weeks`, as the settings write durations. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return 'none'
  const found = SPANS.find(([unit, span]) => unit !== 'month' && unit !== 'year' && seconds % span === 0)
  return found ? counted(seconds / found[1], found[0]) : counted(seconds, 'second')
}

export function durationSeconds(text: string): number {
  const found = /^(\d+)([smhdw])$/.exec(text)
  if (!found) return 0
  const spans: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
  return Number(found[1]) * (spans[found[2] ?? ''] ?? 0)
}
