import { MillraceError } from '../errors.ts'
import { RETRY_PARKED, SKIP_PARKED } from '../operations/operations.ts'
import { fromText, furthest, START, toText } from '../position.ts'
import type { App } from './app.ts'
import type { Role } from './role.ts'
import type { DecisionTaken, OperatorDecision, ParkedEvent } from './running.ts'
import type { Sending } from './sending.ts'

export interface OperatingContext {
  readonly app: App
  readonly role: Role
  readonly sending: Sending
  /** What is parked, as far as is known here. */
  readonly parked: () => readonly ParkedEvent[]
  /** Whether `parked` has keys of that projection or reactor: one that runs with other roles alone is not listed here. */
  readonly isListed: (reader: string) => boolean
  /** Whether `parked` would have that key of that projection or reactor: a reactor's are known where its shard is held. */
  readonly isKnown: (reader: string, key: string) => boolean
}

/** What operators decide of keys that are parked: it goes through the log, so that all readers come by it at the same place. */
export class Operating {
  readonly #context: OperatingContext

  constructor(context: OperatingContext) {
    this.#context = context
  }

  async retry(
    { reader, key }: { readonly reader: string; readonly key?: string | undefined },
    { by, why }: OperatorDecision,
  ): Promise<DecisionTaken> {
    const known = this.#of(reader)
    if (key !== undefined) this.#require(reader, key, known)
    else this.#requireListed(reader)
    const keys = key === undefined ? [...new Set(known.map((each) => each.key))] : [key]
    const all = keys.map((each) => ({ reader, key: each, by, why }))
    return this.#send(RETRY_PARKED, all)
  }

  async skip(
    { reader, key, offset }: { readonly reader: string; readonly key: string; readonly offset: number },
    { by, why }: OperatorDecision,
  ): Promise<DecisionTaken> {
    this.#require(reader, key, this.#of(reader), offset)
    return this.#send(SKIP_PARKED, [{ reader, key, offset, by, why }])
  }

  #of(reader: string): readonly ParkedEvent[] {
    const { app, parked } = this.#context
    const readers = [...app.projections, ...app.reactors].map(({ name }) => name)
    if (!readers.includes(reader))
      throw new MillraceError('PARKED_UNKNOWN', `there is no projection or reactor '${reader}' (known: ${readers.join(', ')})`)
    return parked().filter((each) => each.reader === reader)
  }

  #requireListed(reader: string): void {
    const { role, isListed } = this.#context
    if (isListed(reader)) return
    throw new MillraceError(
      'PARKED_UNKNOWN',
      `which keys of '${reader}' are parked is not known here: this instance has the role '${role}'. Name the key, or ask one that runs '${reader}'`,
      { at: { reader } },
    )
  }

  #require(reader: string, key: string, known: readonly ParkedEvent[], offset?: number): void {
    if (!this.#context.isKnown(reader, key)) return
    const found = known.filter((each) => each.key === key)
    if (found.some((each) => offset === undefined || each.offset === offset)) return
    const waits = found.map((each) => each.offset).join(', ')
    throw new MillraceError(
      'PARKED_UNKNOWN',
      `'${reader}' has nothing of key '${key}' parked` + (waits === '' ? '' : ` at offset ${offset}; it waits at ${waits}`),
      { at: { reader, key } },
    )
  }

  async #send(type: string, all: readonly object[]): Promise<DecisionTaken> {
    const receipts = await Promise.all(all.map((data) => this.#context.sending.send(type, data, { internal: true })))
    const position = receipts.reduce((furthestYet, each) => furthest(furthestYet, fromText(each.position) ?? START), START)
    return { keys: receipts.length, position: toText(position) }
  }
}
