import { formatRelative, formatTime, timeOf } from './format'

/** `3 hours ago`, with the exact time for those who point at it or read the page aloud. */
export function RelativeTime({ at, none = '–' }: { at: string | number | null | undefined; none?: string }) {
  if (at === null || at === undefined || at === '') return <>{none}</>
  const time = timeOf(at)
  return (
    <time dateTime={time.toISOString()} title={formatTime(time)}>
      {formatRelative(time)}
    </time>
  )
}
