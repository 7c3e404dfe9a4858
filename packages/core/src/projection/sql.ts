import type { Row, SqlValue, Statement } from '../ports/statement.ts'
import { toIssues, type Schema } from '../schema.ts'

/** What stands in a template of SQL: a value becomes a parameter, never text; a `fragment` is put in as it is. */
export type SqlPart = SqlValue | Statement

/** `` sql`update orders set status = ${'paid'} where id = ${key}` `` is executed with the batch, in the order of the calls. */
export type Sql = (texts: TemplateStringsArray, ...parts: readonly SqlPart[]) => void

export interface TableReader {
  /**
   * `` model.rows(Order)`select id, cents from orders where status = ${status}` `` gives rows as they are after the last
   * commit, each checked by the schema. It only reads. What a value of a row is stands at `Row`.
   */
  rows<Out>(schema: Schema<unknown, Out>): (texts: TemplateStringsArray, ...parts: readonly SqlPart[]) => Promise<readonly Out[]>
}

const fragments = new WeakSet<object>()
const INT64 = 2n ** 63n

/** A piece of SQL with its values, to be put into others: `` ${status ? fragment`and status = ${status}` : fragment``} ``. */
export function fragment(texts: TemplateStringsArray, ...parts: readonly SqlPart[]): Statement {
  const made = toStatement(texts, parts)
  fragments.add(made)
  return made
}

/** The same for what is put into nothing else: to be known as a fragment costs more than all the rest. */
export function toStatement(texts: TemplateStringsArray, parts: readonly SqlPart[]): Statement {
  // Only a template is known to be an author's words. It has `raw`, which no parsed JSON has on an array.
  if (!isTemplate(texts)) throw new TypeError('sql: expected a template (sql`select …`), got a call; values go into ${…}')
  // One array for each place in the code, so that texts can be told apart without reading them.
  if (!parts.some(isFragment)) return { texts, values: parts.map((part) => checkedValue(part, texts)) }
  const joined: string[] = []
  const values: SqlValue[] = []
  let text = texts[0]!
  for (const [at, part] of parts.entries()) {
    const put: Statement = isFragment(part) ? part : { texts: ['', ''], values: [checkedValue(part, texts)] }
    for (const piece of put.texts.slice(0, -1)) {
      joined.push(text + piece)
      text = ''
    }
    text += put.texts.at(-1)! + texts[at + 1]!
    values.push(...put.values)
  }
  joined.push(text)
  return { texts: joined, values }
}

const isTemplate = (texts: unknown): boolean => Array.isArray(texts) && 'raw' in texts && Array.isArray(texts.raw)

const isFragment = (part: SqlPart): part is Statement => typeof part === 'object' && part !== null && fragments.has(part)

function checkedValue(value: SqlPart | undefined, texts: readonly string[]): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint' && value >= -INT64 && value < INT64) return value
  if (value instanceof Uint8Array) return value
  const got =
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : value === undefined ? 'undefined' : `a ${typeof value}`
  throw new TypeError(
    `sql: ${JSON.stringify(texts.join('…').slice(0, 80))}: expected a text, a finite number, a bigint of 64 bits, a boolean, null or bytes, got ${got}`,
  )
}

/** Checks rows one by one. `read` gives them. */
export function tableReader(read: (statement: Statement) => Promise<readonly Row[]>): TableReader {
  return {
    rows:
      (schema) =>
      async (texts, ...parts) => {
        const rows = await read(toStatement(texts, parts))
        const checked = []
        for (const row of rows) {
          const validated = schema['~standard'].validate(row)
          const result = validated instanceof Promise ? await validated : validated
          if (result.issues !== undefined) {
            const issues = toIssues(result.issues)
            const said = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
            throw new TypeError(`model.rows: a row does not fit its schema: ${said}`)
          }
          checked.push(result.value)
        }
        return checked
      },
  }
}
