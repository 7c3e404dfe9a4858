type JsonObject = Readonly<Record<string, unknown>>

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema?: JsonObject
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonObject }>> }
  readonly responses: Readonly<Record<string, { readonly description: string }>>
  readonly tags: readonly string[]
}

const escape = (text: unknown): string => String(text).replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

/** The reference for people to read, made from the OpenAPI document: one page, no script. */
export function docsPage(document: JsonObject): string {
  const { info, paths } = document as {
    info: { title: string; description: string; version: string }
    paths: Record<string, Record<string, Operation>>
  }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  const links = tags.map(
    (tag) =>
      `<h2>${escape(tag)}</h2><ul>${operations
        .filter(({ operation }) => operation.tags.includes(tag))
        .map(({ operation: { operationId } }) => `<li><a href="#${escape(operationId)}">${escape(operationId)}</a></li>`)
        .join('')}</ul>`,
  )
  const sections = operations.map(({ path, method, operation }) => section(path, method, operation))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(info.title)}: API reference</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><nav aria-label="Operations"><p class="title">${escape(info.title)}</p>${links.join('')}<p><a href="/openapi.json">openapi.json</a></p></nav>
<main><h1>${escape(info.title)} <small>${escape(info.version)}</small></h1><p>${escape(info.description)}</p>${sections.join('\n')}</main></body></html>`
}

function section(
  path: string,
  method: string,
  { operationId, summary, description, parameters = [], requestBody, responses }: Operation,
): string {
  const rows = parameters.map(
    (each) =>
      `<tr><td><code>${escape(each.name)}</code>${each.required === true ? ' <em>required</em>' : ''}</td><td>${escape(each.in)}</td><td>${escape(each.description ?? '')} <code>${escape(JSON.stringify(each.schema ?? {}))}</code></td></tr>`,
  )
  const body = requestBody?.content['application/json']?.schema
  return `<section id="${escape(operationId)}"><h2><span class="method ${method}">${method.toUpperCase()}</span> <code>${escape(path)}</code></h2>
<p>${escape(summary)}</p>${description === undefined ? '' : `<p>${escape(description)}</p>`}
${rows.length > 0 ? `<table><thead><tr><th>Parameter</th><th>In</th><th>What</th></tr></thead><tbody>${rows.join('')}</tbody></table>` : ''}
${body === undefined ? '' : `<h3>Body</h3><pre tabindex="0">${escape(JSON.stringify(body, undefined, 2))}</pre>`}
<h3>Answers</h3><dl>${Object.entries(responses)
    .map(([status, response]) => `<dt>${escape(status)}</dt><dd>${escape(response.description).replace(/\n/g, '<br>')}</dd>`)
    .join('')}</dl></section>`
}

export const docsStyle = `:root{color-scheme:light dark;--line:#8884;--accent:#0a6c74}
@media(prefers-color-scheme:dark){:root{--accent:#5fd0d8}}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:15rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem;border-right:1px solid var(--line)}nav h2{font-size:.8rem;text-transform:uppercase;letter-spacing:.06em;margin:1.25rem 0 .25rem}
nav ul{list-style:none;margin:0;padding:0}nav a{display:inline-block;padding:.2rem 0;min-height:24px}.title{font-weight:700;font-size:1.1rem;margin:0}a{color:var(--accent)}
main{padding:2rem;max-width:60rem}section{border-top:1px solid var(--line);padding:1.5rem 0;scroll-margin-top:1rem}section h2{font-size:1.1rem;overflow-wrap:anywhere}
.method{font:700 .75rem ui-monospace,monospace;border:1px solid currentColor;border-radius:4px;padding:.15rem .4rem;color:var(--accent)}
pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:8px;font-size:.85rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;border-bottom:1px solid var(--line);padding:.4rem .5rem;vertical-align:top;overflow-wrap:anywhere}
dt{font-weight:700;float:left;width:4rem;clear:left}dd{margin:0 0 .5rem 4rem}@media(max-width:700px){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}`
