import type { StoredDocument, StoredReader } from '../../ports/read-store.ts'
import type { Row, SqlValue, Statement, Table } from '../../ports/statement.ts'

/** The values of a primary key. */
export type RowKey = readonly SqlValue[]

export interface PageOptions {
  /** Only rows after that key. */
  readonly after?: RowKey | undefined
  /** Only rows up to that key. */
  readonly until?: RowKey | undefined
  readonly limit: number
  /** From the end backwards. */
  readonly isDescending?: boolean
}

/** Rows of a table in the order of its primary key, as the database compares it. */
export async function readPage(model: StoredReader, { name, key }: Table, options: PageOptions): Promise<readonly Row[]> {
  const { after, until, limit, isDescending = false } = options
  const columns = key.map(quoted).join(', ')
  const texts: string[] = []
  const values: SqlValue[] = []
  let text = `select * from ${quoted(name)}`
  const bound = (comparison: string, of: RowKey): void => {
    text += `${values.length === 0 ? ' where' : ' and'} (${columns}) ${comparison} (`
    for (const [at, value] of of.entries()) {
      texts.push(text + (at === 0 ? '' : ', '))
      values.push(value)
      text = ''
    }
    text = ')'
  }
  if (after !== undefined) bound('>', after)
  if (until !== undefined) bound('<=', until)
  text += ` order by ${key.map((column) => quoted(column) + (isDescending ? ' desc' : '')).join(', ')} limit ${limit}`
  return read(model, { texts: [...texts, text], values })
}

/** The row of that key, or undefined. */
export async function readRow(model: StoredReader, { name, key }: Table, of: RowKey): Promise<Row | undefined> {
  const texts = key.map((column, at) => `${at === 0 ? `select * from ${quoted(name)} where ` : ' and '}${quoted(column)} = `)
  const [row] = await read(model, { texts: [...texts, ''], values: of })
  return row
}

export const keyOf = ({ key }: Table, row: Row): RowKey => key.map((column) => row[column] ?? null)

/** A key as differences name it: of one column as it is, else as a JSON array. */
export const keyText = (key: RowKey): string => (key.length === 1 ? String(toJson(key[0]!)) : JSON.stringify(key.map(toJson)))

/** As JSON says it: a bigint as its digits, bytes in hexadecimal digits. */
export const toComparable = (row: Row): StoredDocument =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toJson(value)]))

function toJson(value: SqlValue): string | number | boolean | null {
  if (value instanceof Uint8Array) return `\\x${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  return typeof value === 'bigint' ? String(value) : value
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function read(model: StoredReader, statement: Statement): readonly Row[] | Promise<readonly Row[]> {
  if (model.rows === undefined) throw new TypeError('the read model has no tables')
  return model.rows(statement)
}
