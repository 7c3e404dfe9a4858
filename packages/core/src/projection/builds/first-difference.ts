type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The first place, in the order of names, where two JSON values differ; undefined where they are equal. The order of an
 * object's members means nothing, and one that is undefined is none. `path` is a JSON pointer (RFC 6901).
 */
export function firstDifference(
  one: unknown,
  other: unknown,
  path = '',
): { readonly path: string; readonly one: unknown; readonly other: unknown } | undefined {
  if (isSame(one, other)) return undefined
  const names =
    isObject(one) && isObject(other) ? namesOf(one, other) : Array.isArray(one) && Array.isArray(other) ? indexesOf(one, other) : undefined
  if (names === undefined) return { path, one, other }
  for (const name of names) {
    const found = firstDifference(memberOf(one, name), memberOf(other, name), `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** Most are the same: found out without their paths, and in no order. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((member, at) => isSame(member, (other as readonly unknown[])[at]))
  if (!isObject(one) || !isObject(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
}

const namesOf = (one: JsonObject, other: JsonObject): readonly string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()

const indexesOf = (one: readonly unknown[], other: readonly unknown[]): readonly string[] =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, at) => String(at))

const memberOf = (value: unknown, name: string): unknown =>
  Object.hasOwn(value as object, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
