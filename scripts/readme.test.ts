import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { show } from '../apps/tickets/src/booking/show.ts'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const readme = read('README.md')

/** The text of a file, or of one region of it (`file.ts#region`), without the markers. */
function source(reference: string): string {
  const [file = '', region] = reference.split('#')
  const text = read(file)
  if (region === undefined) return text
  const found = new RegExp(`// #region ${region}\\n([\\s\\S]*?)\\s*// #endregion`).exec(text)
  assert.ok(found?.[1] !== undefined, `${file} has a region '${region}'`)
  return found[1]
}

for (const [file, text] of [['README.md', readme] as const, ['docs/reactors.md', read('docs/reactors.md')] as const]) {
  test(`every TypeScript block of ${file} is the file or region that stands above it`, () => {
    const blocks = [...text.matchAll(/(?:<!-- ([^\s>]+) -->\n\n?)?```ts\n([\s\S]*?)```/g)]
    assert.ok(blocks.length >= 4)
    for (const [, reference, block = ''] of blocks) {
      assert.ok(reference !== undefined, `no '<!-- file.ts#region -->' above:\n${block}`)
      assert.equal(block.trim(), source(reference).trim(), reference)
    }
  })
}

test('the blocks of docs/read-models.md that name a file are that file', () => {
  const blocks = [...read('docs/read-models.md').matchAll(/<!-- ([^\s>]+) -->\n\n?```ts\n([\s\S]*?)```/g)]
  assert.ok(blocks.length >= 2)
  for (const [, reference = '', block = ''] of blocks) assert.equal(block.trim(), source(reference).trim(), reference)
})

test('the tutorial runs, and prints what the README says; run again, it finds what it left', { timeout: 60_000 }, async () => {
  const said = /<!-- output -->\n\n?```text\n([\s\S]*?)```/.exec(readme)?.[1]
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-tutorial-'))
  const run = async (): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--conditions=source', path.join(root, 'docs/tutorial/main.ts')],
      { cwd: folder },
    )
    assert.equal(stderr, '', 'nothing is printed as an error or a warning')
    return stdout
  }
  try {
    assert.equal((await run()).trim(), said?.trim())
    assert.match(await run(), /^rejected\nlot-not-open/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('npm scripts that start another one pass on what stands after --', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const inner = Object.entries(scripts).filter(([, script]) => script.includes('--workspace'))
  assert.ok(inner.length >= 4)
  for (const [name, script] of inner) assert.match(script, / --$/, `npm run ${name} -- --help would be npm's own`)
})

test('every relative link of the documentation leads somewhere', () => {
  const dead: string[] = []
  const pages = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
  assert.ok(pages.length > 10)
  for (const file of ['README.md', ...pages.map((page) => `docs/${page}`)]) {
    for (const [, link = ''] of read(file).matchAll(/(?:\]\(|(?:src|href|srcset)=")(?!https?:|#|mailto:)([^)"#]+)/g)) {
      if (!existsSync(path.join(root, path.dirname(file), link))) dead.push(`${file}: ${link}`)
    }
  }
  assert.deepEqual(dead, [])
})

test('each decision has a number of its own, in its name and in its heading, and none is left out', () => {
  const files = readdirSync(path.join(root, 'docs/decisions')).sort()
  assert.deepEqual(
    files.map((file) => Number(file.slice(0, 3))),
    files.map((_file, at) => at + 1),
  )
  for (const [at, file] of files.entries()) assert.ok(read(`docs/decisions/${file}`).startsWith(`# ${at + 1}. `), file)
})

test('the command that docs/kafka.md sends with kcat is one that the ticket shop takes', async () => {
  const example = /echo '([^|']+)\|(\{[^']+\})' \|\n *kcat -P/.exec(read('docs/kafka.md'))
  assert.ok(example !== null)
  const [, key, data = ''] = example
  const checked = await show.commands.HoldSeats['~standard'].validate(JSON.parse(data))
  assert.equal(checked.issues, undefined)
  assert.equal(key, (JSON.parse(data) as { readonly showId: string }).showId)
})
