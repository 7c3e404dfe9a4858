import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

export function packageVersion(name: string): string {
  const file = findPackageJSON(name, import.meta.url)
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
