import type { Query } from '@millrace/core'
import { parseBody } from './body.ts'
import { RequestError } from './request-error.ts'

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'other'
/** What the fields of a query's input are, as far as its JSON Schema says. */
export type FieldKinds = Readonly<Record<string, { readonly kind: Kind; readonly items: Kind }>>

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
}

const RESERVED = new Set(['after', 'asOf', 'input', 'maxAgeMs'])
/** The items of an array, at most. More go in `input`, as JSON. */
const MAX_REPEATS = 100

export function fieldKinds({ input }: Query): FieldKinds {
  const schema = input['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }) as JsonSchema | undefined
  const fields = Object.entries(schema?.properties ?? {}).map(
    ([name, field]) => [name, { kind: kindOf(field), items: kindOf(field.items ?? {}) }] as const,
  )
  return Object.assign(Object.create(null) as Record<string, never>, Object.fromEntries(fields))
}

/** A query string's texts as the values the schema expects; what does not look like one stays a text, for the schema to refuse. */
export function toQueryInput(parameters: Readonly<Record<string, string | readonly string[]>>, kinds: FieldKinds): unknown {
  const { input: whole } = parameters
  if (whole !== undefined) {
    if (typeof whole !== 'string') throw new RequestError('PARAMETER_INVALID', 'input: given more than once')
    return parseBody(whole, 32)
  }
  const input: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(parameters)) {
    if (RESERVED.has(name)) continue
    if (name === '__proto__') throw new RequestError('PARAMETER_INVALID', `'${name}' is no parameter`)
    if (typeof value !== 'string' && value.length > MAX_REPEATS) {
      throw new RequestError('PARAMETER_INVALID', `a parameter was given more than ${MAX_REPEATS} times`)
    }
    const { kind, items } = kinds[name] ?? { kind: 'string', items: 'string' }
    if (kind === 'array') input[name] = (typeof value === 'string' ? [value] : value).map((each) => toValue(each, items))
    else input[name] = typeof value === 'string' ? toValue(value, kind) : value
  }
  return input
}

function toValue(text: string, kind: Kind): unknown {
  if (kind === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

/** What `string | null` is written as is `string`: a query string has no null. */
function kindOf({ type, anyOf }: JsonSchema): Kind {
  const types = typeof type === 'string' ? [type] : (type ?? [])
  const some = [...types.map(toKind), ...(anyOf ?? []).filter((each) => each.type !== 'null').map(kindOf)].filter(
    (kind) => kind !== undefined,
  )
  const [first = 'other'] = some
  return some.every((kind) => kind === first) ? first : 'other'
}

function toKind(type: string): Kind | undefined {
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'null') return undefined
  return type === 'string' || type === 'boolean' || type === 'array' ? type : 'other'
}
