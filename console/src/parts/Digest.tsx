import { CopyButton } from './CopyButton'

const SHOWN = 12

/** Twelve digits, with all of them on the clipboard. */
export function Digest({ value }: { value: string }) {
  const short = shortDigest(value)
  return (
    <span className="digest">
      <code title={value}>{short}</code>
      <CopyButton text={value} what={`digest ${short}`} />
    </span>
  )
}

export function shortDigest(value: string): string {
  return value.slice(value.indexOf(':') + 1).slice(0, SHOWN)
}
