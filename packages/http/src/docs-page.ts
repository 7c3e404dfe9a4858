import { errorCodes, MillraceError } from '@millrace/core'
import type { JsonObject } from './openapi-schemas.ts'
import { statusOf } from './problems.ts'
import { requestCodes } from './request-error.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: JsonObject
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonObject }>> }
  readonly responses: Readonly<Record<string, { readonly description: string }>>
  readonly tags: readonly string[]
}

interface Entry {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

const escape = (text: unknown): string => String(text).replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
/** Escaped, with the little Markdown that the descriptions have. */
const prose = (text: string): string =>
  escape(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\n/g, '<br>')

/** The reference for people to read, made from the OpenAPI document: one page, no script. */
export function docsPage(document: JsonObject): string {
  const { info, paths } = document as {
    readonly info: { readonly title: string; readonly description: string; readonly version: string }
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(entries.flatMap(({ operation }) => operation.tags))]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)}: API reference</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><a class="skip" href="#content">Skip to the reference</a>
<nav aria-label="Operations"><p class="title">${escape(info.title)}</p>${tags.map((tag) => links(tag, entries)).join('')}
<p class="group">More</p><ul><li><a href="#errors">Error codes</a></li><li><a href="/openapi.json">openapi.json</a></li></ul></nav>
<main id="content"><h1>${escape(info.title)} <small>${escape(info.version)}</small></h1><p>${prose(info.description)}</p>
${entries.map(section).join('\n')}
${errors()}</main></body></html>`
}

function links(tag: string, entries: readonly Entry[]): string {
  const items = entries
    .filter(({ operation }) => operation.tags.includes(tag))
    .map(
      ({ path, operation }) =>
        `<li><a href="#${escape(operation.operationId)}">${escape(path.replace(/^\/(commands|queries)\/(?!\{)/, ''))}</a></li>`,
    )
  return `<p class="group">${escape(tag)}</p><ul>${items.join('')}</ul>`
}

function section({ path, method, operation }: Entry): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  const answers = Object.entries(responses).map(([status, response]) => `<dt>${escape(status)}</dt><dd>${prose(response.description)}</dd>`)
  return `<section id="${escape(operationId)}" aria-labelledby="${escape(operationId)}-name">
<h2 id="${escape(operationId)}-name"><span class="method">${escape(method.toUpperCase())}</span> <code>${escape(path)}</code></h2>
<p>${prose(summary)}</p>${description === undefined ? '' : `<p>${prose(description)}</p>`}
${parameters.length === 0 ? '' : table('Parameters', ['Name', 'In', 'What'], parameters.map(parameterRow))}
${body === undefined ? '' : `<h3>Body</h3><pre tabindex="0" aria-label="JSON Schema of the body">${escape(JSON.stringify(body, undefined, 2))}</pre>`}
<h3>Answers</h3><dl>${answers.join('')}</dl></section>`
}

const parameterRow = ({ name, in: place, required, description, schema }: Parameter): readonly string[] => [
  `<code>${escape(name)}</code>${required === true ? ' <em>required</em>' : ''}`,
  escape(place),
  `${prose(description ?? '')} <code>${escape(JSON.stringify(schema ?? {}))}</code>`,
]

function errors(): string {
  const core = errorCodes.map(
    (code) => [code, statusOf[code], new MillraceError(code, '').retriable ? 'The same again may work.' : ''] as const,
  )
  const http = Object.entries(requestCodes).map(([code, [status, meaning]]) => [code, status, meaning] as const)
  const rows = [...core, ...http].sort(([one], [other]) => (one < other ? -1 : 1))
  return `<section id="errors" aria-labelledby="errors-name"><h2 id="errors-name">Error codes</h2>
<p>Every error is a problem document (RFC 9457) with one of these codes, or a rejection with a code of the command's own.</p>
${table(
  'Codes',
  ['Code', 'Status', ''],
  rows.map(([code, status, what]) => [`<code>${escape(code)}</code>`, escape(status), prose(what)]),
)}</section>`
}

const table = (caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><caption>${escape(caption)}</caption><thead><tr>${heads.map((head) => (head === '' ? '<td></td>' : `<th scope="col">${escape(head)}</th>`)).join('')}</tr></thead>
<tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}</tbody></table>`
