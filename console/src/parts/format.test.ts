import { expect, test } from 'vitest'
import { durationSeconds, formatDuration, formatRelative, formatSize } from './format'

test('a size has the unit that fits it, never 0.0 MB', () => {
  expect([0, 999, 1000, 12_345, 999_600, 5_000_000_000].map(formatSize)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 kB',
    '1.0 MB',
    '5.0 GB',
  ])
})

test('a time is told from now, in both directions', () => {
  const now = new Date('2026-11-24T12:00:00Z')

  expect(formatRelative(new Date('2026-11-24T11:59:50Z'), now)).toBe('just now')
  expect(formatRelative(new Date('2026-11-24T09:00:00Z'), now)).toBe('3 hours ago')
  expect(formatRelative(new Date('2026-12-08T12:00:00Z'), now)).toBe('in 2 weeks')
})

test('durations read as the settings write them', () => {
  expect(formatDuration(durationSeconds('2w'))).toBe('2 weeks')
  expect(formatDuration(durationSeconds('1d'))).toBe('1 day')
  expect(formatDuration(0)).toBe('none')
})
