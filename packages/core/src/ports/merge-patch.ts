/** JSON merge patches (RFC 7396), in place: what a patch costs is what the patch holds, never what the document holds. */

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Applies `patch` to `target`, which changes. Nothing of `patch` is shared with it afterwards. */
export function mergePatch(target: JsonObject, patch: Readonly<JsonObject>): void {
  for (const name of Object.keys(patch)) {
    const value = patch[name]
    if (value === null) Reflect.deleteProperty(target, name)
    else if (isObject(value)) {
      const inner = Object.hasOwn(target, name) ? target[name] : undefined
      if (isObject(inner)) mergePatch(inner, value)
      else set(target, name, withoutNulls(value))
    } else if (value !== undefined) set(target, name, cloneJson(value))
  }
}

/**
 * Makes `first` the patch that does what `first` and then `second` would do, and returns true. Returns false, and
 * changes nothing, where no merge patch can say it: an object put where the first one removed or replaced.
 */
export function composePatch(first: JsonObject, second: Readonly<JsonObject>): boolean {
  if (!isComposable(first, second)) return false
  compose(first, second)
  return true
}

function isComposable(first: Readonly<JsonObject>, second: Readonly<JsonObject>): boolean {
  return Object.keys(second).every((name) => {
    const value = second[name]
    const inner = Object.hasOwn(first, name) ? first[name] : undefined
    return !isObject(value) || inner === undefined || (isObject(inner) && isComposable(inner, value))
  })
}

function compose(first: JsonObject, second: Readonly<JsonObject>): void {
  for (const name of Object.keys(second)) {
    const value = second[name]
    const inner = Object.hasOwn(first, name) ? first[name] : undefined
    if (isObject(value) && isObject(inner)) compose(inner, value)
    else if (value !== undefined) set(first, name, cloneJson(value))
  }
}

export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(cloneJson) as T
  const copy: JsonObject = {}
  for (const name of Object.keys(value)) set(copy, name, cloneJson((value as JsonObject)[name]))
  return copy as T
}

function withoutNulls(patch: Readonly<JsonObject>): JsonObject {
  const made: JsonObject = {}
  mergePatch(made, patch)
  return made
}

/** `target['__proto__'] = …` would set the prototype instead of a member. */
function set(target: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
  else target[name] = value
}
