/** Where a line of YAML is: `image.tag`, `ports[0].name`; null where no key begins. */
export interface YamlLine {
  text: string
  path: string | null
}

interface Level {
  indent: number
  path: string
  /** The next entry's number, where the level is a list. */
  entry: number
}

const KEY = /^(\s*)((?:- +)*)("[^"]*"|'[^']*'|[^\s#&*!|>%@`"'{}[\],:-][^#:]*?|-[^\s:#][^#:]*?):(?:\s|$)/
const ENTRY = /^(\s*)((?:- *)+)(?:\S|$)/
const BLOCK = /:\s*(?:[&!]\S+\s+)*[|>][+-]?\d*[+-]?\s*(?:#.*)?$/

/** The lines of a values file with their paths, found by indentation: enough to copy a key, and
 * the file stays as it was written. */
export function keyPaths(text: string): YamlLine[] {
  let levels: Level[] = []
  let blockIndent: number | null = null
  return text.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length
    if (blockIndent !== null && (line.trim() === '' || indent > blockIndent)) return { text: line, path: null }
    blockIndent = null
    if (line.trim() === '' || line.trim().startsWith('#')) return { text: line, path: null }
    const found = KEY.exec(line)
    const dashes = (found ?? ENTRY.exec(line))?.[2] ?? ''
    let column = indent
    for (const dash of dashes.match(/- */g) ?? []) {
      levels = levels.filter((level) => level.indent <= column)
      const last = levels.at(-1)
      if (last && last.indent === column && last.entry >= 0) last.entry += 1
      else levels.push({ indent: column, path: entered(levels), entry: 0 })
      column += dash.length
    }
    if (!found) return { text: line, path: null }
    levels = levels.filter((level) => level.indent < column)
    const key = unquoted(found[3] ?? '')
    const above = entered(levels)
    const path = above ? `${above}.${key}` : key
    levels.push({ indent: column, path, entry: -1 })
    if (BLOCK.test(line)) blockIndent = column
    return { text: line, path }
  })
}

function entered(levels: Level[]): string {
  const last = levels.at(-1)
  if (!last) return ''
  return last.entry >= 0 ? `${last.path}[${last.entry}]` : last.path
}

/** As `--set` wants it: a dot in a key is escaped. */
function unquoted(key: string): string {
  const bare = /^(["']).*\1$/.test(key) ? key.slice(1, -1) : key
  return bare.trim().replaceAll('.', '\\.')
}
