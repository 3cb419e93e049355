import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin, Rollup } from 'vite'

type Bundle = Rollup.OutputBundle
type Chunk = Rollup.OutputChunk

const FIRST_LIST = 'OrganizationsPage'
const FIRST_LOAD_KB = 180
const ROUTE_KB = 30
const CSS_KB = 95

/** Prints what each page costs (gzip) and fails the build above the budget. */
export function budget(): Plugin {
  return {
    name: 'moorage-budget',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const over = tooLarge(bundle, (line) => this.info(line))
        if (over.length > 0) this.error(`over the budget: ${over.join('; ')}`)
      },
    },
  }
}

function tooLarge(bundle: Bundle, print: (line: string) => void): string[] {
  const chunks = Object.values(bundle).filter((file): file is Chunk => file.type === 'chunk')
  const entry = chunks.find((chunk) => chunk.isEntry)
  if (!entry) return ['there is no entry']
  const first = closure(bundle, [entry, ...chunks.filter(isFirst)])
  const over: string[] = []
  const check = (what: string, bytes: number, budgetKb: number) => {
    const kb = bytes / 1000
    print(`${kb.toFixed(1).padStart(6)} kB of ${budgetKb}  ${what}`)
    if (kb > budgetKb) over.push(`${what}: ${kb.toFixed(1)} kB of ${budgetKb} kB`)
  }
  check('first load, JavaScript', javaScript(first), FIRST_LOAD_KB)
  check('first load, CSS', styles(bundle, first), CSS_KB)
  const routes = chunks
    .filter((chunk) => chunk.isDynamicEntry && !first.has(chunk))
    .map((chunk): [string, number] => {
      const own = [...closure(bundle, [chunk])].filter((one) => !first.has(one))
      return [label(chunk), javaScript(new Set(own))]
    })
  for (const [what, bytes] of routes.sort((a, b) => b[1] - a[1])) check(what, bytes, ROUTE_KB)
  return over
}

function isFirst(chunk: Chunk): boolean {
  return chunk.isDynamicEntry && ['Shell', FIRST_LIST].includes(label(chunk))
}

function label(chunk: Chunk): string {
  return basename(chunk.facadeModuleId ?? chunk.fileName).replace(/\.tsx?$/, '')
}

function closure(bundle: Bundle, start: Chunk[]): Set<Chunk> {
  const found = new Set<Chunk>()
  const add = (chunk: Chunk) => {
    if (found.has(chunk)) return
    found.add(chunk)
    for (const name of chunk.imports) {
      const next = bundle[name]
      if (next?.type === 'chunk') add(next)
    }
  }
  start.forEach(add)
  return found
}

function javaScript(chunks: Set<Chunk>): number {
  return sum([...chunks].map((chunk) => gzipped(chunk.code)))
}

function styles(bundle: Bundle, chunks: Set<Chunk>): number {
  const names = new Set<string>()
  for (const chunk of chunks) {
    for (const name of chunk.viteMetadata?.importedCss ?? []) names.add(name)
  }
  return sum(
    [...names].map((name) => {
      const file = bundle[name]
      return file?.type === 'asset' ? gzipped(file.source) : 0
    }),
  )
}

function gzipped(source: string | Uint8Array): number {
  return gzipSync(source, { level: 9 }).length
}

function sum(sizes: number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
