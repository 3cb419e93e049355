import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { budget } from './plugins/budget.ts'
import { precompress } from './plugins/precompress.ts'
import { stamp } from './plugins/stamp.ts'
import { themeScript } from './plugins/themeScript.ts'

const SERVER = process.env['MOORAGE_URL'] ?? 'http://127.0.0.1:8080'
const SERVED = ['/api', '/v2', '/config', '/csrf_token', '/oauth/']

export default defineConfig({
  plugins: [react(), themeScript(), budget(), precompress(), stamp()],
  build: {
    outDir: '../src/moorage/web/console_dist',
    emptyOutDir: true,
    // A data: URL in a stylesheet is nothing the Content-Security-Policy lets through.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: Object.fromEntries(SERVED.map((path) => [path, SERVER])) },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
