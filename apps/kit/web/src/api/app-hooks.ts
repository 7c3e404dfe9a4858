/** React's way to an app's queries and commands: all names and shapes come from the app's definition. */
import type { Client } from '@millrace/client'
import type { App, CommandInput, CommandName, QueryInput, QueryName, QueryResult, ReceiptOf } from '@millrace/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { noteAnswered, noteArrival, noteSent } from '../flow-drawer/flow-store.ts'
import { noteConnection } from '../shell/connection-store.ts'

export interface LiveHandlers<Result> {
  onData(data: Result, patch: unknown): void
}

export type QueryState<Result> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly data: Result }
  | { readonly status: 'failed'; readonly message: string }

export interface CommandAnswer<Receipt> {
  readonly receipt: Receipt
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

export interface AppHooks<A extends App> {
  /** Sends a command and lets the "How it works" drawer follow it. Sent again with the same id, it is done once. */
  sendCommand<Name extends CommandName<A>>(
    name: Name,
    data: CommandInput<A, Name>,
    options?: { readonly commandId?: string },
  ): Promise<CommandAnswer<ReceiptOf<A>>>
  /**
   * Watches a query for as long as the component lives; the handler may change without reconnecting. All tabs share one
   * connection, so a hidden one costs none, and is up to date when it is looked at again. Without `params`, nothing is watched.
   */
  useWatch<Name extends QueryName<A>>(
    name: Name,
    params: QueryInput<A, Name> | undefined,
    handlers: LiveHandlers<QueryResult<A, Name>>,
  ): void
  /** The live result of a query; undefined until it is first known, and without `params`. */
  useLive<Name extends QueryName<A>>(name: Name, params: QueryInput<A, Name> | undefined): QueryResult<A, Name> | undefined
  /** Asks once; `reload` asks again and keeps the old answer on screen meanwhile. */
  useQuery<Name extends QueryName<A>>(name: Name, params: QueryInput<A, Name>): QueryState<QueryResult<A, Name>> & { reload: () => void }
}

export function createAppHooks<A extends App>(client: Client<A>): AppHooks<A> {
  type ParamsOf<Name extends QueryName<A>> = QueryInput<A, Name>
  type ResultOf<Name extends QueryName<A>> = QueryResult<A, Name>

  async function sendCommand<Name extends CommandName<A>>(
    name: Name,
    data: CommandInput<A, Name>,
    { commandId = crypto.randomUUID() }: { readonly commandId?: string } = {},
  ): Promise<CommandAnswer<ReceiptOf<A>>> {
    const askedAtMs = Date.now()
    noteSent(commandId, name)
    try {
      const receipt = await client.send(name, data, { commandId })
      noteAnswered(commandId, receipt)
      return { receipt, askedAtMs, answeredAtMs: Date.now() }
    } catch (error) {
      noteAnswered(commandId, undefined)
      throw error
    }
  }

  function useWatch<Name extends QueryName<A>>(
    name: Name,
    params: ParamsOf<Name> | undefined,
    handlers: LiveHandlers<ResultOf<Name>>,
  ): void {
    const latest = useRef(handlers)
    useEffect(() => {
      latest.current = handlers
    })
    const key = keyOf(params)
    useEffect(() => {
      if (key === undefined) return undefined
      const source = `${name} ${key}`
      const stop = client.watch(name, JSON.parse(key) as ParamsOf<Name>, {
        onData(data, { position, patch }) {
          noteArrival(position)
          noteConnection(source, 'live')
          latest.current.onData(data, patch)
        },
        onState: (state) => noteConnection(source, state),
      })
      return () => {
        stop()
        noteConnection(source, 'closed')
      }
    }, [name, key])
  }

  function useLive<Name extends QueryName<A>>(name: Name, params: ParamsOf<Name> | undefined): ResultOf<Name> | undefined {
    const key = keyOf(params)
    const [known, setKnown] = useState<{ readonly key: string | undefined; readonly data: ResultOf<Name> }>()
    // A copy per update: patches are merged in place, and React compares by identity.
    useWatch(name, params, { onData: (next) => setKnown({ key, data: copy(next) }) })
    return key !== undefined && known?.key === key ? known.data : undefined
  }

  function useQuery<Name extends QueryName<A>>(name: Name, params: ParamsOf<Name>): QueryState<ResultOf<Name>> & { reload: () => void } {
    const [state, setState] = useState<QueryState<ResultOf<Name>>>({ status: 'loading' })
    const [round, setRound] = useState(0)
    const key = JSON.stringify(params)
    useEffect(() => {
      let current = true
      client.query(name, JSON.parse(key) as ParamsOf<Name>).then(
        (data) => current && setState({ status: 'ready', data }),
        (error: unknown) => current && setState({ status: 'failed', message: error instanceof Error ? error.message : String(error) }),
      )
      return () => {
        current = false
      }
    }, [name, key, round])
    const reload = useCallback(() => setRound((before) => before + 1), [])
    return { ...state, reload }
  }

  return { sendCommand, useWatch, useLive, useQuery }
}

const keyOf = (params: unknown): string | undefined => (params === undefined ? undefined : JSON.stringify(params))

const copy = <Data>(data: Data): Data =>
  (Array.isArray(data) ? [...(data as readonly unknown[])] : typeof data === 'object' && data !== null ? { ...data } : data) as Data
