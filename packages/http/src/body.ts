import { parse } from 'secure-json-parse'
import { RequestError } from './request-error.ts'

/** True where `text` nests deeper than `limit`, by its brackets outside strings. */
function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0
  let isString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isString) {
      if (code === 0x5c) at++
      else if (code === 0x22) isString = false
    } else if (code === 0x22) isString = true
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

/** JSON from a stranger: bounded in depth, and without the names that reach a prototype. */
export function parseBody(text: string, maxDepth: number): unknown {
  if (text === '') throw new RequestError('BODY_MISSING', 'the body is empty; send a JSON object')
  if (isDeeperThan(maxDepth, text)) throw new RequestError('BODY_TOO_DEEP', `the JSON nests deeper than ${maxDepth} levels`)
  try {
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch (error) {
    // The parser's own message quotes the body.
    const isName = (error as Error).message.includes('forbidden prototype property')
    const why = isName ? "it holds a name that reaches a prototype ('__proto__' or 'constructor')" : 'it is no JSON'
    throw new RequestError('BODY_INVALID', `this server does not take the body: ${why}`)
  }
}
