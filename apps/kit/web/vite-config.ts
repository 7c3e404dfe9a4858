import { readFileSync } from 'node:fs'
import path from 'node:path'
import react from '@vitejs/plugin-react'
import type { Plugin, UserConfig } from 'vite'

export interface PageConfig {
  /** The folder of its `index.html`. */
  readonly root: string
  /** While developing: where Vite listens, and the app it passes requests on to. */
  readonly port: number
  readonly server: string
  /** Paths that are passed on besides commands, queries, live ones and traces. */
  readonly routes?: readonly string[]
}

export const pageConfig = ({ root, port, server, routes = [] }: PageConfig): UserConfig => ({
  root,
  plugins: [react(), themeScript()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy is default-src 'self': data: URLs would be refused.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port, proxy: Object.fromEntries(['/commands', '/queries', '/live', '/trace', ...routes].map((route) => [route, server])) },
})

/** `/theme.js`, a plain script of every page: see there. */
function themeScript(): Plugin {
  const source = readFileSync(path.join(import.meta.dirname, 'theme.js'), 'utf8')
  return {
    name: 'theme-script',
    configureServer: (server) => void server.middlewares.use('/theme.js', (_request, response) => void response.end(source)),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'theme.js', source })
    },
  }
}
