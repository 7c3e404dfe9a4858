/** The parts of a path in a hash, decoded: `#/show/a%20b` has 'show' and 'a b', `#/` has none. A broken escape stays as it is. */
export function toHashParts(hash: string): string[] {
  const path = hash.replace(/^#?\/?/, '')
  return path === '' ? [] : path.split('/').map(decode)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
