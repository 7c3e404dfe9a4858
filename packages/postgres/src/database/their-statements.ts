import { MillraceError, type Row, type SqlValue, type Statement } from '@millrace/core'
import type { Ask, Statement as Asked } from './database.ts'

/** What a handler's statement, or a query's, may begin with: nothing that ends a transaction or changes a session. */
const WRITING = /^(insert|update|delete|merge|with|select|values|table)\b/i
const READING = /^(with|select|values|table)\b/i
/** What no migration may begin a statement with. */
const OURS = /^(begin|start|commit|end|rollback|abort|savepoint|release|prepare|set|reset|discard|lock|listen|notify)\b/i
/** Comments, texts, quoted names and bodies of functions: what is in them is no statement. */
const OPAQUE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1/g

/** Classes of SQLSTATE that say something about the statement: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS = /^(0A|21|22|23|2F|38|39|42|44|54|P0|25006)/
/** The class of what the server wants tried again: a deadlock, or a serialization failure. */
const AGAIN = '40'

const OID = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, oid: 26, float4: 700, float8: 701 } as const

/** Values as core's `Row` says, whatever parsers are set elsewhere in the process. */
const parsers = new Map<number, (text: string) => SqlValue>([
  [OID.bool, (text) => text === 't'],
  [OID.bytea, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [OID.int8, toInteger],
  [OID.int2, Number],
  [OID.int4, Number],
  [OID.oid, Number],
  [OID.float4, Number],
  [OID.float8, Number],
])
const types: NonNullable<Asked['types']> = { getTypeParser: (oid: number) => parsers.get(oid) ?? ((text: string) => text) }

function toInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

const refusedError = (what: string, at: Readonly<Record<string, number>> = {}, cause?: unknown): MillraceError =>
  new MillraceError('STATEMENT_REFUSED', `PostgreSQL refused a statement, and nothing was stored: ${what}`, { at, cause })

/** How many are on their way at once: so many that no round trip is waited for, so few that each is answered in its time. */
const AT_ONCE = 128

/** Runs the statements of a commit, in order. Fails with `STATEMENT_REFUSED` for the first that is; none after it counts. */
export async function executeAll(ask: Ask, statements: readonly Statement[]): Promise<void> {
  for (let first = 0; first < statements.length; first += AT_ONCE) {
    const group = statements.slice(first, first + AT_ONCE)
    const done = await Promise.allSettled(group.map((statement, at) => execute(ask, statement, first + at)))
    // Those behind it are told that the transaction has failed.
    const failed = done.find(({ status }) => status === 'rejected')
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
  }
}

async function execute(ask: Ask, statement: Statement, index: number): Promise<void> {
  await refusing(() => ask(toWriting(statement)), { statement: index })
}

/** In a transaction that only reads. Fails with `STATEMENT_REFUSED`. */
export async function readRows(ask: Ask, statement: Statement): Promise<readonly Row[]> {
  return refusing(() => ask<Record<string, SqlValue>>(toAsked(statement, READING)))
}

/** Executes a migration, which may be several statements. Fails with `STATEMENT_REFUSED`. */
export async function executeMigration(ask: Ask, sql: string): Promise<void> {
  const bad = statementsIn(sql).find((each) => OURS.test(each))
  if (bad !== undefined) throw refusedError(`'${bad.slice(0, 40)}': transactions and settings are the store's`)
  await refusing(() => ask({ text: sql }))
}

export const wantsAgain = (error: unknown): boolean => codeOf(error).startsWith(AGAIN)

async function refusing<Result>(work: () => Promise<Result>, at?: Readonly<Record<string, number>>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'STATEMENT_REFUSED') throw refusedError(said(error), at, error.cause)
    throw REFUSALS.test(codeOf(error)) ? refusedError(said((error as Error).cause), at, (error as Error).cause) : error
  }
}

const said = (error: unknown): string => (error as Error).message.replace(/^PostgreSQL refused a statement, and nothing was stored: /, '')

const codeOf = (error: unknown): string => ((error as MillraceError).cause as { readonly code?: string } | undefined)?.code ?? ''

function toAsked(statement: Statement, allowed: RegExp): Asked {
  const text = toText(statement)
  const [first = '', ...more] = statementsIn(text)
  if (more.length > 0) throw refusedError('there is more than one statement in it')
  if (!allowed.test(first))
    throw refusedError(`'${first.slice(0, 40)}': expected ${allowed === READING ? 'select' : 'insert, update, delete or select'}`)
  return { text, values: toParameters(statement), types }
}

/** Statements that are known to be ones that may write, by their text, with the names under which they are prepared. */
const prepared = new Map<string, string>()
/** More than a projection has, unless it makes a text for each number of values. The server keeps what is prepared. */
const MAX_PREPARED = 256

/** A commit has many statements of a few texts: each is read, and planned, once on a connection. */
function toWriting(statement: Statement): Asked {
  const text = toText(statement)
  const known = prepared.get(text)
  if (known !== undefined) return { name: known, text, values: toParameters(statement), types }
  const asked = toAsked(statement, WRITING)
  if (prepared.size >= MAX_PREPARED) return asked
  const name = `their ${prepared.size}`
  prepared.set(text, name)
  return { ...asked, name }
}

const toText = ({ texts }: Statement): string => texts.map((piece, at) => (at === 0 ? piece : `$${at}${piece}`)).join('')

const toParameters = ({ values }: Statement): readonly unknown[] =>
  values.map((value) => (typeof value === 'bigint' ? String(value) : value))

const statementsIn = (sql: string): readonly string[] =>
  sql
    .replaceAll(OPAQUE, ' ')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '')
