/** `npm run bench`: every claim, or those named, each measured by a fresh process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isReached, RESULTS, type Result } from './shared/result.ts'
import { toMarkdown } from './shared/table.ts'

/** In the order of the README. */
const claims = {
  'before-after': 'reads while seats are booked, against the shop before CQRS: one service, one Postgres or SQLite database',
  'durable-commands': "commands in process, acknowledged after fsync, against Emmett's PostgreSQL event store",
  'http-commands': 'the same over HTTP, against bare Fastify',
  'http-seat-map': 'the seat map over HTTP, against bare Fastify',
  'seat-map-under-load': 'the seat map while commands run at full speed, against idle',
  visible: 'from a command to its effect in the read model',
  'visible-postgres': 'the same in a read model on PostgreSQL',
  fold: 'a restart on a million events, with and without checkpoints',
  search: 'a page of a million rows in a table of its own, by status and date, in SQLite',
  rebuild:
    'a read model of a million events built anew, from Kafka and the embedded log, against Emmett on PostgreSQL (needs Java and Maven)',
  watchers: '5,000 live watchers of one arena, and 1,000 that do not read',
  timers: 'a million timers pending, and five thousand of them due within a second',
  'store-queries': "the store's order page and search over a million orders, idle and while orders are placed",
  orders: 'orders placed, paid and confirmed, against the same process with DBOS on PostgreSQL (needs Java and Maven)',
  'kafka-streams': 'commands to events on Kafka, against Kafka Streams (needs Java and Maven)',
  'kafka-takeover': 'a process on Kafka goes, and another takes its shards over (needs Java and Maven)',
  'kafka-processes': 'two processes on Kafka, each on a core, against one (needs Java and Maven)',
  'kafka-memory': 'the memory of a process on Kafka at full speed, for ten minutes (needs Java and Maven)',
  'kafka-http': 'commands over HTTP with Kafka as the log (needs Java and Maven)',
} as const

const HELP = `npm run bench [-- [claim …] [--quick] [--markdown]]

${Object.entries(claims)
  .map(([claim, about]) => `  ${claim.padEnd(20)} ${about}`)
  .join('\n')}

  --quick      shorter rounds: at most 15 s each, for a first impression
  --markdown   print the tables of the last run as Markdown, and measure nothing
  --help       this; with one claim: how it is measured

Run it on a machine that does nothing else. Raw figures are left in bench/results/<claim>.json.
Ends with status 1 where a script failed; a target that is not reached is said, but is no failure.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const unknown = positionals.find((claim) => !Object.hasOwn(claims, claim))
if (unknown !== undefined) {
  console.error(`there is no claim '${unknown}' (known: ${Object.keys(claims).join(', ')})`)
  process.exit(2)
}
const named = positionals.length > 0 ? positionals : Object.keys(claims)

if (values.help && positionals.length === 0) console.log(HELP)
else if (values.markdown) console.log(await markdown())
else {
  const failed: string[] = []
  const options = [...(values.quick ? ['--quick'] : []), ...(values.help ? ['--help'] : [])]
  for (const claim of named) if (!(await measure(claim, options))) failed.push(claim)
  if (!values.help) console.log(await summary(failed))
  process.exitCode = failed.length > 0 ? 1 : 0
}

async function measure(claim: string, options: readonly string[]): Promise<boolean> {
  const script = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, `${claim}.ts`), ...options], { stdio: 'inherit' })
  const [code] = (await once(script, 'exit')) as [number | null]
  return code === 0
}

async function results(): Promise<readonly Result[]> {
  const files = named.map((claim) => join(RESULTS, `${claim}.json`)).filter((file) => existsSync(file))
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Result))
}

async function markdown(): Promise<string> {
  const found = await results()
  return found.length === 0 ? 'nothing has been measured yet: npm run bench' : found.map(toMarkdown).join('\n')
}

async function summary(failed: readonly string[]): Promise<string> {
  const measured = (await results()).filter(({ claim }) => !failed.includes(claim))
  const missed = measured.flatMap(({ claim, checks }) =>
    checks.filter((check) => !isReached(check)).map(({ what }) => `${claim} (${what})`),
  )
  return [
    '',
    missed.length === 0 ? `all targets of ${measured.length} claims reached` : `not reached: ${missed.join(', ')}`,
    ...(failed.length > 0 ? [`failed to run: ${failed.join(', ')}`] : []),
  ].join('\n')
}
