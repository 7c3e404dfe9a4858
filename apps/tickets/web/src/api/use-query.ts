import { useCallback, useEffect, useState } from 'react'
import { client, type ParamsOf, type QueryName, type ResultOf } from './client.ts'

export type QueryState<Result> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly data: Result }
  | { readonly status: 'failed'; readonly message: string }

/** Asks once; `reload` asks again and keeps the old answer on screen meanwhile. */
export function useQuery<Name extends QueryName>(name: Name, params: ParamsOf<Name>): QueryState<ResultOf<Name>> & { reload: () => void } {
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
