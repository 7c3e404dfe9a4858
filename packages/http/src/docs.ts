import type { Running } from '@millrace/core'
import type { FastifyInstance } from 'fastify'
import { docsPage } from './docs-page.ts'
import { openApi, type OpenApiOptions } from './openapi.ts'

const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/openapi.json`, and the same to read at `/docs`. Made once. */
export function routeDocs(fastify: FastifyInstance, running: Running, options: OpenApiOptions): void {
  const document = openApi(running, options)
  const json = JSON.stringify(document)
  const page = docsPage(document)
  fastify.get('/openapi.json', (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache').send(json),
  )
  fastify.get('/docs', (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-cache')
      .send(page),
  )
  fastify.get('/docs/style.css', (_request, reply) =>
    reply.header('content-type', 'text/css; charset=utf-8').header('cache-control', 'no-cache').send(style),
  )
}

const style = `:root{color-scheme:light dark;--line:#8886;--accent:#0a6c74}
@media(prefers-color-scheme:dark){:root{--accent:#5fd0d8}}
*{box-sizing:border-box}html{background:Canvas;color:CanvasText}
body{margin:0;font:16px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:15rem minmax(0,1fr)}
.skip{position:absolute;left:-100vw;padding:.5rem 1rem;background:Canvas;z-index:1}.skip:focus{left:0}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem;border-right:1px solid var(--line)}
.group{font-weight:700;font-size:.8rem;text-transform:uppercase;letter-spacing:.06em;margin:1.25rem 0 .25rem}
nav ul{list-style:none;margin:0;padding:0}nav a{display:inline-block;padding:.2rem 0;min-height:24px;overflow-wrap:anywhere}
.title{font-weight:700;font-size:1.1rem;margin:0}a{color:var(--accent)}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
main{padding:2rem;max-width:60rem}section{border-top:1px solid var(--line);padding:1.5rem 0;scroll-margin-top:1rem}
section h2{font-size:1.1rem;overflow-wrap:anywhere}section h3{font-size:1rem}
.method{font:700 .75rem ui-monospace,monospace;border:1px solid currentColor;border-radius:4px;padding:.15rem .4rem;color:var(--accent)}
pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:8px;font-size:.85rem}
table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:700;padding:.5rem 0}
td,th{text-align:left;border-bottom:1px solid var(--line);padding:.4rem .5rem;vertical-align:top;overflow-wrap:anywhere}
dt{font-weight:700;float:left;width:4rem;clear:left}dd{margin:0 0 .5rem 4rem}
p,dd{overflow-wrap:anywhere}@media(min-width:701px){td:nth-child(-n+2){white-space:nowrap}}
@media(max-width:700px){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}
`
