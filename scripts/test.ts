/**
 * What `npm test` runs: pure tests first, then those with a database or a server, then those that kill processes.
 *
 *     npm test                        all
 *     npm test -- --only unit         one kind (unit, int, e2e)
 *     npm test -- packages/core       only files whose path holds that text
 */
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { shareKafka } from '@millrace/testing/kafka'
import { sharePostgres } from '@millrace/testing/postgres'

const kinds = ['unit', 'int', 'e2e'] as const
type Kind = (typeof kinds)[number]

/** How long one file of a kind may take, in milliseconds: what hangs is a failure, not a run that never ends. */
const timeoutMs: Readonly<Record<Kind, number>> = { unit: 120_000, int: 300_000, e2e: 600_000 }
interface TestEvent {
  readonly type: string
  readonly data: unknown
}

const HELP = `npm test [-- [--only unit|int|e2e] [text …]]

What npm test runs: pure tests first, then those with a database or a server, then those that kill processes.

  --only <kind>   one kind: unit, int or e2e
  --help          this
  text            only files whose path holds it, such as packages/core
`

const { values, positionals } = toArguments()
if (values.help === true) {
  console.log(HELP)
  process.exit(0)
}
if (values.only !== undefined && !kinds.some((kind) => kind === values.only)) {
  console.error(`--only: expected one of ${kinds.join(', ')}, got ${values.only}`)
  process.exit(1)
}

function toArguments() {
  try {
    return parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } }, allowPositionals: true })
  } catch (error) {
    console.error(`${(error as Error).message}; npm test -- --help says what there is`)
    process.exit(1)
  }
}

const root = path.resolve(import.meta.dirname, '..')
const files = globSync(
  ['packages/*/src/**/*.test.ts', 'apps/*/{src,web}/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts', 'docs/**/*.test.ts'],
  {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  },
)
  .filter((file) => positionals.length === 0 || positionals.some((text) => file.includes(text)))
  .sort()

const kindOf = (file: string): Kind => (file.endsWith('.int.test.ts') ? 'int' : file.endsWith('.e2e.test.ts') ? 'e2e' : 'unit')

/** Totals as the test runner says them at its end, by name. `duration_ms` last. */
const totals = new Map<string, number>(['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'].map((name) => [name, 0]))
const started = performance.now()

/** One broker and one PostgreSQL for all files that want one; they find it by the environment. */
await using atEnd = new AsyncDisposableStack()
let hasKafka = false
let hasPostgres = false
const wantsKafka = (file: string): boolean =>
  (file.startsWith('packages/kafka/') && kindOf(file) !== 'unit') || holds(file, "'@millrace/testing/kafka'")
const wantsPostgres = (file: string): boolean =>
  (file.startsWith('packages/postgres/') && kindOf(file) !== 'unit') || holds(file, "'@millrace/testing/postgres'")
const holds = (file: string, text: string): boolean => readFileSync(path.join(root, file), 'utf8').includes(text)

/** How long each file took, in milliseconds. */
const took = new Map<string, number>()
const SLOWEST = 10

async function* results(): AsyncGenerator<TestEvent> {
  for (const kind of kinds) {
    if (values.only !== undefined && values.only !== kind) continue
    const chosen = files.filter((file) => kindOf(file) === kind)
    if (chosen.length === 0) continue
    if (!hasKafka && chosen.some(wantsKafka)) {
      atEnd.use(await shareKafka((text) => console.error(text)))
      hasKafka = true
    }
    if (!hasPostgres && chosen.some(wantsPostgres)) {
      atEnd.use(await sharePostgres())
      hasPostgres = true
    }
    const concurrency = kind === 'e2e' ? 1 : availableParallelism()
    const stream = run({
      files: chosen.map((file) => path.join(root, file)),
      concurrency,
      timeout: timeoutMs[kind],
      execArgv: ['--conditions=source'],
      cwd: root,
    })
    for await (const event of stream as AsyncIterable<TestEvent>) {
      if (event.type === 'test:summary') note(event.data as Summary)
      if (!isTotal(event)) yield event
    }
  }
  const slowest = [...took].sort(([, a], [, b]) => b - a).slice(0, SLOWEST)
  for (const [file, ms] of slowest) yield line(`${(ms / 1_000).toFixed(1).padStart(6)} s ${path.relative(root, file)}`)
  totals.set('duration_ms', performance.now() - started)
  for (const [name, total] of totals) yield line(`${name} ${total}`)
}

const line = (message: string): TestEvent => ({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } })

interface Summary {
  /** Undefined for the whole run. */
  readonly file: string | undefined
  readonly duration_ms: number
}

function note({ file, duration_ms }: Summary): void {
  if (file !== undefined) took.set(file, duration_ms)
}

/** True for a closing line of one kind's run. It is added up instead of shown. */
function isTotal({ type, data }: TestEvent): boolean {
  if (type !== 'test:diagnostic') return false
  const { nesting, message, file } = data as { readonly nesting: number; readonly message: string; readonly file?: string }
  const [name = '', count] = message.split(' ')
  if (nesting !== 0 || file !== undefined || (name !== 'duration_ms' && !totals.has(name))) return false
  if (name !== 'duration_ms') totals.set(name, (totals.get(name) ?? 0) + Number(count))
  return true
}

if (files.length === 0) {
  console.error(`no test file's path holds ${positionals.join(' or ')}`)
  process.exit(1)
}
const reporter = new spec()
reporter.pipe(process.stdout)
for await (const event of results()) if (!reporter.write(event)) await new Promise((resolve) => reporter.once('drain', resolve))
reporter.end()
process.exitCode = (totals.get('fail') ?? 0) + (totals.get('cancelled') ?? 0) === 0 && (totals.get('tests') ?? 0) > 0 ? 0 : 1
