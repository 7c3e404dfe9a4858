import path from 'node:path'
import { createPage } from 'app-kit/page'

export const page = createPage(path.resolve(import.meta.dirname, '..'))
