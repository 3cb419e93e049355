import { formatNumber, formatSize } from './format'

export function Size({ bytes, none = '–' }: { bytes: number | null | undefined; none?: string }) {
  if (bytes === null || bytes === undefined) return <>{none}</>
  return <span title={`${formatNumber(bytes)} bytes`}>{formatSize(bytes)}</span>
}
