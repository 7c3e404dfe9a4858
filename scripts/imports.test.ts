import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'
import { allowed } from './allowed-imports.ts'

const root = path.resolve(import.meta.dirname, '..')
const files = globSync(['{packages,apps,bench,scripts,docs}/**/*.{ts,tsx}'], {
  cwd: root,
  exclude: (name) => name === 'node_modules' || name === 'dist',
}).sort()

/** What a file imports; `type x` where it takes only types from x. */
const importsOf = (file: string): readonly string[] => {
  const text = readFileSync(path.join(root, file), 'utf8')
  const isTypeOnly = (pos: number): boolean => /(?:import|export) type [^'"]*['"]?$/.test(text.slice(0, pos))
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName, pos }) => (isTypeOnly(pos) && !fileName.startsWith('.') ? `type ${fileName}` : fileName))
}

/** The package (or app, or folder) a file belongs to. */
const homeOf = (file: string): string =>
  file
    .split('/')
    .slice(0, /^(packages|apps)\//.test(file) ? 2 : 1)
    .join('/')

const imports = new Map(files.map((file) => [file, importsOf(file)]))

test('every file imports only what scripts/allowed-imports.ts says', () => {
  const wrong: string[] = []
  for (const [file, specifiers] of imports) {
    const rule = allowed.find((each) => each.files.test(file))
    if (rule === undefined) wrong.push(`${file}: no entry of the list matches it`)
    for (const specifier of specifiers) {
      if (specifier.startsWith('.')) {
        const target = path.join(path.dirname(file), specifier)
        // An app's page may share types and pure modules with its server; anything else stays at home.
        if (homeOf(target) !== homeOf(file) && !/^(bench|scripts)\//.test(file))
          wrong.push(`${file}: '${specifier}' leaves ${homeOf(file)}; use its public door`)
      } else if (rule !== undefined && !rule.imports.some((each) => matches(specifier, each))) wrong.push(`${file}: '${specifier}'`)
    }
  }
  assert.deepEqual(wrong, [])
})

const matches = (specifier: string, pattern: string): boolean =>
  specifier === pattern || bare(specifier) === pattern || (pattern.endsWith('*') && bare(specifier).startsWith(pattern.slice(0, -1)))

const bare = (specifier: string): string => specifier.replace(/^type /, '')

test('no file imports itself, by whatever detour', () => {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const specifier of imports.get(file) ?? [])
      if (specifier.startsWith('.')) visit(path.join(path.dirname(file), specifier), [...trail, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  assert.deepEqual(cycles, [])
})
