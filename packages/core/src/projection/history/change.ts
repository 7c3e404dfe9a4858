import { mergePatch } from '../../ports/merge-patch.ts'
import type { Write } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import { RESERVED } from '../parking/reserved-keys.ts'

/**
 * The past states of documents, as documents of the same read model. Each commit adds one _chunk_ for each key it wrote:
 * the changes, each with the event it came from. `head` says how many chunks there are. A chunk is a _base_ where the state
 * is known without those before it: it begins with 0, it holds a put or a deletion, or it ends with a copy of the
 * document, which it does once the patches since the last base take as much as the document does.
 */
export interface Change {
  /** Of the event: its partition, its offset, and its recorded time. */
  readonly at: readonly [partition: number, offset: number, timeMs: number]
  readonly write: Write
}

export interface Chunk {
  /** `Change[]` as JSON: text, so that no store looks into it. */
  readonly changes: string
  /** The base to begin with, where not all of this chunk is wanted. */
  readonly base: number
  /** The document after all changes as JSON; `null` where there is none then. Left out where nobody made a copy. */
  readonly end?: string
  /** All changes up to the end of this chunk are before it, by partition. */
  readonly upTo: Readonly<Record<string, number>>
  /** The latest recorded time of those. */
  readonly timeMs: number
  /** Of a base: the next one, once there is one. */
  readonly nextBase?: number
}

export interface Head {
  /** Of the chunk that comes next. */
  readonly next: number
  /** The oldest chunk that is kept: a base. */
  readonly from: number
  /** The latest base. */
  readonly base: number
  /** Characters of the document at that base, and of the patches since. */
  readonly baseCharacters: number
  readonly characters: number
  readonly upTo: Readonly<Record<string, number>>
  readonly timeMs: number
}

/** A moment in the past: what was folded from the events before a position, or from those recorded until a time. */
export type Moment = { readonly kind: 'position'; readonly position: Position } | { readonly kind: 'time'; readonly timeMs: number }

const HEAD = `${RESERVED}history:head:`
const CHUNK = `${RESERVED}history:chunk:`
const DIGITS = 10

export const headKey = (key: string): string => `${HEAD}${key}`
export const keyOfHead = (stored: string): string => stored.slice(HEAD.length)
export const chunkKey = (key: string, chunk: number): string => `${CHUNK}${key}:${String(chunk).padStart(DIGITS, '0')}`
/** Says that the history goes back to the first event. */
export const BEGIN_KEY: string = `${RESERVED}history:begin`

export const isIn = (moment: Moment, { at: [partition, offset, timeMs] }: Change): boolean =>
  moment.kind === 'time' ? timeMs <= moment.timeMs : offset < (moment.position.get(partition) ?? 0)

/** Whether all changes up to the end of `chunk` are of that moment or before. */
export const isAllIn = (moment: Moment, { upTo, timeMs }: Pick<Chunk, 'upTo' | 'timeMs'>): boolean =>
  moment.kind === 'time'
    ? timeMs <= moment.timeMs
    : Object.entries(upTo).every(([partition, next]) => next <= (moment.position.get(Number(partition)) ?? 0))

/** `document` after `write`. Both may be changed. */
export function applied(document: Record<string, unknown> | undefined, write: Write): Record<string, unknown> | undefined {
  if (write.kind === 'put') return write.document
  if (write.kind === 'delete' || document === undefined) return undefined
  mergePatch(document, write.patch)
  return document
}
