import type { components } from '../../api/schema'

type Hunk = components['schemas']['Hunk']
type Line = components['schemas']['Line']
type Pair = [left: Line | null, right: Line | null]

interface Props {
  name: string
  hunks: readonly Hunk[]
  isSplit: boolean
}

/** The changed lines of a file; signs say what colours say. */
export function Hunks({ name, hunks, isSplit }: Props) {
  if (hunks.length === 0) return null
  return (
    // What scrolls can be reached with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="diff-file" tabIndex={0} role="group" aria-label={`Changed lines of ${name}`}>
      <table className={isSplit ? 'diff diff-split' : 'diff'}>
        {hunks.map((hunk) => (
          <tbody key={`${hunk.old_start} ${hunk.new_start}`}>
            <tr className="diff-between">
              <td colSpan={isSplit ? 4 : 4}>
                lines {hunk.old_start} to {hunk.old_start + Math.max(hunk.old_lines - 1, 0)}, now {hunk.new_start} to{' '}
                {hunk.new_start + Math.max(hunk.new_lines - 1, 0)}
              </td>
            </tr>
            {isSplit
              ? pairs(hunk.lines).map((pair, place) => <Split key={place} pair={pair} />)
              : hunk.lines.map((line, place) => <Unified key={place} line={line} />)}
          </tbody>
        ))}
      </table>
    </div>
  )
}

function Unified({ line }: { line: Line }) {
  return (
    <tr className={className(line)}>
      <td className="diff-number">{line.old_number}</td>
      <td className="diff-number">{line.new_number}</td>
      <td className="diff-sign">{line.sign}</td>
      <td>{line.text}</td>
    </tr>
  )
}

function Split({ pair: [left, right] }: { pair: Pair }) {
  return (
    <tr>
      <td className={`diff-number ${className(left)}`}>{left?.old_number}</td>
      <td className={className(left)}>{left && `${left.sign} ${left.text}`}</td>
      <td className={`diff-number ${className(right)}`}>{right?.new_number}</td>
      <td className={className(right)}>{right && `${right.sign} ${right.text}`}</td>
    </tr>
  )
}

/** Removed lines stand beside the added ones that follow them. */
export function pairs(lines: readonly Line[]): Pair[] {
  const found: Pair[] = []
  let removed: Line[] = []
  let added: Line[] = []
  const end = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place += 1) {
      found.push([removed[place] ?? null, added[place] ?? null])
    }
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.sign === '-') {
      if (added.length > 0) end()
      removed.push(line)
    } else if (line.sign === '+') added.push(line)
    else {
      end()
      found.push([line, line])
    }
  }
  end()
  return found
}

function className(line: Line | null): string {
  return line?.sign === '-' ? 'diff-removed' : line?.sign === '+' ? 'diff-added' : ''
}
