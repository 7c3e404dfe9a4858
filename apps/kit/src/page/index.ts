export { createPage, type Page } from './build-page.ts'
export { serveNoPage, servePage } from './serve-page.ts'
