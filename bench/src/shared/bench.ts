/** What every script here shares: its options, its table, and what it leaves for `RESULTS.md`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RESULTS, type Measured, type Result } from './result.ts'
import { toText } from './table.ts'

export interface BenchOptions {
  /** The script's name, as `npm run bench -- <claim>` has it. */
  readonly claim: string
  readonly title: string
  readonly help: string
  /** Versions of the peers, beside Node's. */
  readonly versions?: Readonly<Record<string, string>>
  readonly run: (run: { readonly isQuick: boolean; readonly say: (text: string) => void }) => Promise<Measured>
}

/** Runs a script: `--quick` for a first impression, `--help` for what it does. */
export async function bench({ claim, title, help, versions = {}, run }: BenchOptions): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(`${claim}: ${title}\n\n${help}\n\n  --quick   shorter rounds: for a first impression, not for RESULTS.md`)
    return
  }
  const say = (text: string): void => console.error(`  … ${text}`)
  const startMs = performance.now()
  const measured = await run({ isQuick: values.quick, say })
  const result: Result = {
    claim,
    title,
    isQuick: values.quick,
    at: new Date().toISOString(),
    seconds: Math.round((performance.now() - startMs) / 1_000),
    machine: machine(),
    versions: { node: process.versions.node, sqlite: process.versions['sqlite'] ?? '', ...versions },
    ...measured,
  }
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, `${claim}.json`), JSON.stringify(result, undefined, 2))
  console.log(toText(result))
}

function machine(): string {
  const [first, ...others] = cpus()
  return `${others.length + 1} × ${first?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`
}
