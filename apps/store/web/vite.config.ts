import { pageConfig } from 'app-kit/vite-config'

export default pageConfig({
  root: import.meta.dirname,
  port: 5_174,
  server: process.env['STORE_URL'] ?? 'http://localhost:3100',
  routes: ['/about', '/guests', '/staff'],
})
