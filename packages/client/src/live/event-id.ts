/** Nothing has been told yet. */
const NONE = '_'

/** The server's id of an event: where each watch of the connection is resumed, in their order; empty: nowhere. */
export function fromEventId(id: string, watches: number): readonly string[] {
  const parts = id.split('~', watches)
  let before = ''
  return Array.from({ length: watches }, (_, at) => {
    const part = parts[at] ?? ''
    if (part !== '') before = part === NONE ? '' : part // left out: the same as the one before
    return before
  })
}

/** The same for other watches, to be sent as `Last-Event-ID`; empty where there is nothing to resume. */
export function toEventId(tokens: readonly string[]): string {
  if (tokens.every((token) => token === '')) return ''
  return tokens
    .map((token, at) => (at > 0 && token === tokens[at - 1] ? '' : token === '' ? NONE : token))
    .join('~')
    .replace(/~+$/, '')
}

/** The position in a token. */
export const positionOf = (token: string): string => token.split('@')[0] ?? ''
