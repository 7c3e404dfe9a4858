/** `npm run load`: see `HELP`. */
import { HELP, OptionsError, toOptions, type LoadOptions } from './options.ts'
import { createProgress } from './progress.ts'
import { measuresReport, verdictReport } from './report.ts'
import { LoadError, runLoad } from './run-load.ts'

async function load(options: LoadOptions): Promise<number> {
  const { url, users, seconds, shows, writeRatio } = options
  const where = typeof shows === 'number' ? `${shows} new shows` : shows.join(', ')
  process.stdout.write(`${users} users go to ${where} at ${url} for ${seconds} s, ${Math.round(writeRatio * 100)} % commands\n`)
  const loading = createProgress(process.stdout, 'Load')
  const reading = createProgress(process.stdout, 'Reading the log')
  const [opsKey = ''] = process.env['MILLRACE_OPS_KEY']?.split(',') ?? []
  const result = await runLoad(
    { ...options, opsKey: opsKey.trim() },
    {
      onLoad: (done, { commands, queries, errors }) =>
        loading.update(done, `${commands.count} commands, ${queries.count} queries, ${errors.total} errors`),
      onVerify: (done, records) => {
        loading.end()
        reading.update(done, `${records} records`)
      },
    },
  )
  loading.end()
  process.stdout.write(`${measuresReport(result.measures, result.seconds)}\n${verdictReport(result)}\n`)
  return result.verdict.problemCount + result.problems.length === 0 ? 0 : 1
}

try {
  const options = toOptions(process.argv.slice(2))
  if (options === undefined) process.stdout.write(HELP)
  else process.exitCode = await load(options)
} catch (error) {
  if (error instanceof OptionsError) console.error(`${error.message}\nSee npm run load -- --help`)
  else if (error instanceof LoadError) console.error(error.message)
  else console.error('The load could not be run to its end:', error)
  process.exitCode = 2
}
