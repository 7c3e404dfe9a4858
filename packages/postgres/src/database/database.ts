import { Client, Pool, type ClientConfig, type PoolClient, type QueryResultRow } from 'pg'
import { toStoreError, unavailable } from './store-errors.ts'

export interface Statement {
  /** Prepared once on each connection under that name. */
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
  readonly types?: { readonly getTypeParser: (oid: number) => (text: string) => unknown }
}

export interface DatabaseOptions {
  readonly url: string
  readonly maxConnections: number
  readonly statementTimeoutMs: number
  readonly stalledTransactionMs: number
}

interface Session {
  readonly client: PoolClient
  /** Why its connection is of no use any more. */
  broken: Error | undefined
}

/** How long a connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000
/** What an answer may take on its way beyond the time that a statement may take. */
const ANSWER_MS = 3_000

/**
 * The connections to one database: a pool of them, and one that listens. Whatever goes wrong comes out in the port's codes.
 */
export class Database {
  readonly #pool: Pool
  readonly #config: ClientConfig
  /** Server and database, as errors name them. */
  readonly where: string
  /**
   * Rises when a connection is lost. The server may have crashed, and with it the last commits be gone: what was read
   * before says nothing any more.
   */
  #generation = 0
  readonly #onLost: (() => void)[] = []
  #isClosed = false

  constructor({ url, maxConnections, statementTimeoutMs, stalledTransactionMs }: DatabaseOptions) {
    const { host, pathname } = new URL(url)
    this.where = `PostgreSQL at ${host}, database ${decodeURIComponent(pathname.slice(1))}`
    this.#config = {
      connectionString: url,
      application_name: 'millrace',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      lock_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: stalledTransactionMs,
      query_timeout: statementTimeoutMs + ANSWER_MS,
      // Who asks several at once does not wait for each answer; they are executed one after the other all the same.
      pipeline: true,
    }
    this.#pool = new Pool({ ...this.#config, max: maxConnections })
    // A client that is in use has no other listener, and what the server says between two statements would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => this.#lost()))
    this.#pool.on('error', () => undefined)
  }

  get generation(): number {
    return this.#generation
  }

  /** Calls `listener` whenever a connection is lost. */
  onLost(listener: () => void): void {
    this.#onLost.push(listener)
  }

  /** Runs one statement, which is a transaction of its own. */
  query<Row extends QueryResultRow>(statement: Statement): Promise<readonly Row[]> {
    return this.#using((session) => this.#ask<Row>(session, statement))
  }

  /**
   * Runs `work` in one transaction, with statements in the order in which they are asked; several may be on their way. What
   * it throws itself comes out as it is: by then all that it asked has been answered.
   */
  transaction<Result>(work: (ask: Ask) => Promise<Result>, mode = ''): Promise<Result> {
    return this.#using(async (session) => {
      await this.#ask(session, { text: `BEGIN ${mode}` })
      try {
        const result = await work((statement) => this.#ask(session, statement))
        await this.#ask(session, { text: 'COMMIT' })
        return result
      } catch (error) {
        if (session.broken === undefined) await this.#ask(session, { text: 'ROLLBACK' }).catch(() => undefined)
        throw error
      }
    })
  }

  /** A connection for one who listens, apart from the pool: it is the caller's to end. */
  async listen(onNotification: (payload: string) => void, onEnd: (client: Client) => void): Promise<Client> {
    const client = new Client({ ...this.#config, query_timeout: CONNECT_TIMEOUT_MS })
    client.on('error', () => undefined)
    client.on('end', () => onEnd(client))
    client.on('notification', ({ payload }) => onNotification(payload ?? ''))
    try {
      await client.connect()
      return client
    } catch (error) {
      void client.end().catch(() => undefined)
      throw toStoreError(error, this.where)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#pool.end()
  }

  async #using<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw unavailable('it is closed')
    let client: PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw toStoreError(error, this.where)
    }
    const session: Session = { client, broken: undefined }
    try {
      return await work(session)
    } finally {
      if (session.broken !== undefined) this.#lost()
      client.release(session.broken)
    }
  }

  async #ask<Row extends QueryResultRow>(session: Session, { name, text, values, types }: Statement): Promise<readonly Row[]> {
    try {
      const config = {
        text,
        ...(name !== undefined && { name }),
        ...(values !== undefined && { values: [...values] }),
        ...(types !== undefined && { types }),
      }
      return (await session.client.query<Row>(config)).rows
    } catch (error) {
      if (!isAnswer(error)) session.broken = error as Error
      throw toStoreError(error, this.where)
    }
  }

  #lost(): void {
    this.#generation++
    for (const tell of this.#onLost) tell()
  }
}

export type Ask = <Row extends QueryResultRow>(statement: Statement) => Promise<readonly Row[]>

/** Whether the server said it, and goes on with the connection. `severity` is there whoever's language it is in. */
function isAnswer(error: unknown): boolean {
  const { code = '', severity } = error as { readonly code?: string; readonly severity?: string }
  return typeof severity === 'string' && !/^(08|57P|25P0[34])/.test(code)
}
