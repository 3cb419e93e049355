import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const SOURCE = new URL('../src/paintTheme.js', import.meta.url)

/** The script that sets the theme before first paint: a file of its own, for the strict CSP. */
export function themeScript(): Plugin {
  let isBuild = false
  const source = readFileSync(SOURCE, 'utf-8')
  const name = `assets/theme-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`
  return {
    name: 'moorage-theme-script',
    configResolved: (config) => {
      isBuild = config.command === 'build'
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: name, source })
    },
    transformIndexHtml: () => [
      { tag: 'script', attrs: { src: isBuild ? `/${name}` : '/src/paintTheme.js' }, injectTo: 'head-prepend' },
    ],
  }
}
