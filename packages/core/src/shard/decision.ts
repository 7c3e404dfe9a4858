/** What `decide` gives back: see `event`, `schedule`, `cancel` and `reject`. */
import type { Json } from '../schema.ts'

export interface Emitted<Type extends string = string, Data = unknown> {
  readonly kind: 'event'
  readonly type: Type
  readonly data: Data
}

export interface Rejection<Code extends string = string> {
  readonly kind: 'rejection'
  readonly code: Code
  readonly details: Readonly<Record<string, Json | undefined>>
}

export interface CommandMessage<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly data: Data
}

export interface Scheduled<Command extends CommandMessage = CommandMessage> {
  readonly kind: 'schedule'
  readonly dueMs: number
  readonly command: Command
  readonly name: string | undefined
}

export interface Cancelled {
  readonly kind: 'cancel'
  readonly name: string
}

/** As JSON gives it back, and literals kept as they are: `'released'` stays one of the reasons there are, wherever it is said. */
type Said<Data> = Data extends readonly (infer Each)[]
  ? Said<Each>[]
  : Data extends object
    ? { -readonly [Key in keyof Data]: Said<Data[Key]> }
    : Data

/** A fact, to be stored for ever. */
export const event = <const Type extends string, const Data extends object>(type: Type, data: Data): Emitted<Type, Said<Data>> => ({
  kind: 'event',
  type,
  data: data as Said<Data>,
})

/** A command as a value: what a timer or a reactor sends. */
export const command = <const Type extends string, Data>(type: Type, data: Data): CommandMessage<Type, Data> => ({
  type,
  data,
})

/** A refusal: an answer with a stable code, not an error. Nothing changes. */
export const reject = <const Code extends string>(
  code: Code,
  details: Readonly<Record<string, Json | undefined>> = {},
): Rejection<Code> => ({ kind: 'rejection', code, details })

/**
 * Sends `command` to this aggregate at `dueMs` (epoch milliseconds on the recorded clock), once, never earlier.
 * With a `name`, a later `schedule` of the same name and aggregate replaces it and `cancel(name)` takes it back.
 */
export const schedule = <Command extends CommandMessage>(
  dueMs: number,
  command: Command,
  { name }: { readonly name?: string } = {},
): Scheduled<Command> => ({ kind: 'schedule', dueMs, command, name })

/** Takes back the timer of that name; no harm where there is none. */
export const cancel = (name: string): Cancelled => ({ kind: 'cancel', name })
