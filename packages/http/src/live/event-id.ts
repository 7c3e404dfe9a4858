import { fromText, furthest, toText, type QueryOptions } from '@millrace/core'

/** Nothing has been told yet. */
const NONE = '_'

/**
 * The `id:` of an event in a stream of several watches: where each of them is resumed, in their order, with `~` between.
 * What is left out is the same as before it: watches that are told nothing for a while share one position.
 */
export const toEventId = (tokens: readonly string[]): string =>
  tokens.length === 1
    ? tokens[0]! || NONE
    : tokens
        .map((token, at) => (at > 0 && token === tokens[at - 1] ? '' : token === '' ? NONE : token))
        .join('~')
        .replace(/~+$/, '')

/** The same the other way round; empty where there is nothing to resume. */
export function fromEventId(id: string, watches: number): readonly string[] {
  const parts = id.split('~', watches)
  let before = ''
  return Array.from({ length: watches }, (_, at) => {
    const part = parts[at] ?? ''
    if (part !== '') before = part === NONE ? '' : part
    return before
  })
}

export interface ResumeOptions extends QueryOptions {
  readonly resume?: string
}

/**
 * Where a live query goes on. It also waits until it has come to the last change that the client has: connected to another
 * instance, or to this one after a restart, the client never goes back. A `token` that is none says nothing.
 */
export function toResume(after: string | undefined, token: string, timeoutMs: number | undefined): ResumeOptions {
  const [, position = '', instance] = /^([^@]*)(@[\da-f]{1,36})?$/.exec(token) ?? []
  const resumed = position === '' ? undefined : fromText(position)
  if (resumed === undefined) return { after, timeoutMs }
  const wanted = after === undefined ? undefined : fromText(after)
  const both = wanted === undefined ? (after ?? position) : toText(furthest(resumed, wanted))
  return { after: both, timeoutMs, resume: `${position}${instance ?? ''}` }
}
