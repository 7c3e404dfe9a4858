import { pageConfig } from 'app-kit/vite-config'

export default pageConfig({
  root: import.meta.dirname,
  port: 5_173,
  server: process.env['TICKETS_URL'] ?? 'http://localhost:3000',
  routes: ['/demo', '/about'],
})
