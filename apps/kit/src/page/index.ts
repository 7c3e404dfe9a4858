export { createPage, type Page } from './build-page.ts'
export { serveElsewhere, serveNoPage, servePage } from './serve-page.ts'
