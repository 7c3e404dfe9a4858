type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Applies an RFC 7396 merge patch in place. Takes over `patch`, which must be freshly parsed JSON. Core's
 * `mergePatch` does the same by copying; the worker can't import it without loading all of core. A test compares them.
 */
export function mergeJson(target: JsonObject, patch: JsonObject): void {
  for (const name of Object.keys(patch)) {
    const value = patch[name]
    if (value === null) Reflect.deleteProperty(target, name)
    else if (isObject(value)) {
      const inner = Object.hasOwn(target, name) ? target[name] : undefined
      if (isObject(inner)) mergeJson(inner, value)
      else set(target, name, withoutNulls(value))
    } else set(target, name, value)
  }
}

function withoutNulls(patch: JsonObject): JsonObject {
  const made: JsonObject = {}
  mergeJson(made, patch)
  return made
}

/** `target['__proto__'] = …` would set the prototype instead of a member. */
function set(target: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
  else target[name] = value
}

/** A document from its base and the patches since. */
export function assemble(base: string, patches: readonly string[]): JsonObject {
  const document = JSON.parse(base) as JsonObject
  for (const patch of patches) mergeJson(document, JSON.parse(patch) as JsonObject)
  return document
}
