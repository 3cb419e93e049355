import { readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Plugin } from 'vite'

const STAMP = '../../src/moorage/web/console_dist/stamp'
const FONTS = '../OFL-1.1.txt'

/** Takes away the mark of a whole build, which hatch_build.py sets; adds the licences of what is in the bundle. */
export function stamp(): Plugin {
  return {
    name: 'moorage-stamp',
    apply: 'build',
    buildStart() {
      rmSync(new URL(STAMP, import.meta.url), { force: true })
    },
    generateBundle() {
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
