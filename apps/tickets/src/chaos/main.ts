/** `npm run chaos`: see `HELP`. */
import { randomInt } from 'node:crypto'
import { whyNoJava } from '@millrace/testing/kafka'
import { createProgress } from '../load/progress.ts'
import { HELP, OptionsError, toOptions, type ChaosOptions } from './options.ts'
import { toReport } from './report.ts'
import { runChaos } from './run-chaos.ts'

async function chaos(options: ChaosOptions): Promise<number> {
  const reason = await whyNoJava()
  if (reason !== undefined) throw new OptionsError(reason)
  const { minutes, seed, clients } = options
  process.stdout.write(`Seed ${seed}: three brokers, three instances, ${clients} clients, ${minutes} minutes\n`)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = createProgress(process.stdout, 'Chaos')
  let now = ''
  const result = await runChaos(options, stop.signal, {
    say: (text) => process.stdout.write(`${text}\n`),
    onFault: (text) => (now = text),
    onProgress: (done, text) => progress.update(done, `${text}; ${now}`),
  })
  progress.end()
  process.stdout.write(toReport(result, seed))
  return result.verdict.findings.length === 0 ? 0 : 1
}

try {
  const options = toOptions(process.argv.slice(2), randomInt(1_000_000))
  if (options === undefined) process.stdout.write(HELP)
  else process.exitCode = await chaos(options)
} catch (error) {
  if (error instanceof OptionsError) console.error(`${error.message}\nSee npm run chaos -- --help`)
  else console.error('The run could not be made to its end:', error)
  process.exitCode = 2
}
