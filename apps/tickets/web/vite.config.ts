import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['TICKETS_URL'] ?? 'http://localhost:3000'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy is default-src 'self': data: URLs would be refused.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { '/commands': server, '/queries': server, '/trace': server, '/demo': server },
  },
})
