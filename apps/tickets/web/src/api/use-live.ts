import { useEffect, useRef, useState } from 'react'
import { noteArrival } from '../flow-drawer/flow-store.ts'
import { noteConnection } from '../shell/connection-store.ts'
import { client, type ParamsOf, type QueryName, type ResultOf } from './client.ts'

/** A hidden tab gives its connection back after this time: a browser allows only six per site. */
const HIDDEN_GRACE_MS = 20_000

export interface LiveHandlers<Result> {
  onData(data: Result, patch: unknown): void
}

/** Watches a query for as long as the component lives; the handler may change without reconnecting. */
export function useWatch<Name extends QueryName>(name: Name, params: ParamsOf<Name>, handlers: LiveHandlers<ResultOf<Name>>): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  const key = JSON.stringify(params)
  useEffect(() => {
    const source = `${name} ${key}`
    let stop: (() => void) | undefined
    let grace: ReturnType<typeof setTimeout> | undefined
    const open = (): void => {
      stop ??= client.watch(name, JSON.parse(key) as ParamsOf<Name>, {
        onData(data, { position, patch }) {
          noteArrival(name, position)
          noteConnection(source, 'live')
          latest.current.onData(data, patch)
        },
        onState: (state) => noteConnection(source, state),
      })
    }
    const close = (): void => {
      stop?.()
      stop = undefined
      noteConnection(source, 'closed')
    }
    const onVisibility = (): void => {
      clearTimeout(grace)
      if (document.visibilityState === 'visible') open()
      else grace = setTimeout(close, HIDDEN_GRACE_MS)
    }
    open()
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      clearTimeout(grace)
      document.removeEventListener('visibilitychange', onVisibility)
      close()
    }
  }, [name, key])
}

/** The live result of a query; undefined until it is first known. */
export function useLive<Name extends QueryName>(name: Name, params: ParamsOf<Name>): ResultOf<Name> | undefined {
  const [data, setData] = useState<ResultOf<Name>>()
  // A copy per update: patches are merged in place, and React compares by identity.
  useWatch(name, params, { onData: (next) => setData(Array.isArray(next) ? ([...next] as ResultOf<Name>) : next && { ...next }) })
  return data
}
