/** Serves the built page: its few files from memory, compressed once, each under its own route and no other. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Server } from '../server/server.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const COMPRESSED = new Set(['.png', '.woff2'])

const SECURITY = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

type Encoding = 'br' | 'gzip' | 'identity'

interface PageFile {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
  readonly bodies: Readonly<Partial<Record<Encoding, Buffer>>>
}

function readPageFile(directory: string, name: string): PageFile {
  const body = readFileSync(path.join(directory, name))
  const extension = path.extname(name)
  const url = name === 'index.html' ? '/' : `/${name.split(path.sep).map(encodeURIComponent).join('/')}`
  // Vite puts a hash of the content into the names under assets/; the others are asked for again each time.
  const cache = url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const isSmall = body.length < 1_024
  return {
    url,
    headers: {
      ...SECURITY,
      'content-type': TYPES[extension] ?? 'application/octet-stream',
      'cache-control': cache,
      vary: 'accept-encoding',
    },
    etag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
    bodies:
      isSmall || COMPRESSED.has(extension)
        ? { identity: body }
        : {
            identity: body,
            br: brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
            gzip: gzipSync(body, { level: 9 }),
          },
  }
}

/** Adds a route for each file in `directory`. */
export function servePage(server: Server, directory: string): void {
  const names = globSync('**/*', { cwd: directory }).filter((name) => statSync(path.join(directory, name)).isFile())
  for (const name of names) {
    const { url, headers, etag, bodies } = readPageFile(directory, name)
    server.get(url, (request, reply) => {
      const accepted = request.headers['accept-encoding']?.toString() ?? ''
      const encoding = (['br', 'gzip'] as const).find((each) => bodies[each] !== undefined && accepted.includes(each)) ?? 'identity'
      const tag = `"${etag}-${encoding}"`
      reply.headers({ ...headers, etag: tag })
      if (request.headers['if-none-match']?.includes(tag)) return reply.code(304).send()
      if (encoding !== 'identity') reply.header('content-encoding', encoding)
      return reply.send(bodies[encoding])
    })
  }
}

/** In place of a page that could not be built: says so, and what there is. */
export const serveNoPage = (server: Server, why: string): void =>
  serveText(server, 503, `The page is not built: ${why}\nThe API is there all the same: see /docs.\n`)

/** In place of the page where queries, of which it is made, are for other instances: says where to go. */
export const serveElsewhere = (server: Server): void =>
  serveText(
    server,
    421,
    'This instance decides commands (MILLRACE_ROLE=write). The page, and all queries, are at an instance with MILLRACE_ROLE=read or all.\n',
  )

function serveText(server: Server, status: number, text: string): void {
  server.get('/', (_request, reply) =>
    reply
      .code(status)
      .headers({ ...SECURITY, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      .send(text),
  )
}
