import { readdirSync, readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const STAMP = process.env['MOORAGE_CONSOLE_STAMP']
const FONTS = '../OFL-1.1.txt'

/** Leaves beside the bundle the hash of its sources, and the licences of what is in it. */
export function stamp(): Plugin {
  return {
    name: 'moorage-stamp',
    apply: 'build',
    generateBundle() {
      if (STAMP) this.emitFile({ type: 'asset', fileName: 'stamp', source: STAMP })
      const { dependencies } = JSON.parse(read('../package.json')) as { dependencies: Record<string, string> }
      const texts = Object.entries(dependencies).map(([name, version]) => `${name} ${version}\n\n${licence(name)}`)
      const fonts = `Red Hat Display, Red Hat Text, Red Hat Mono: Copyright Red Hat, Inc.\n\n${read(FONTS)}`
      const source = [...texts, fonts].join(`\n\n${'-'.repeat(72)}\n\n`)
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source })
    },
  }
}

function licence(name: string): string {
  const folder = `../node_modules/${name}/`
  const file = readdirSync(new URL(folder, import.meta.url)).find((one) => one.startsWith('LICENSE'))
  if (!file) throw new Error(`${name} brings no licence`)
  return read(folder + file)
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf-8')
}
