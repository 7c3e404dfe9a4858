import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const claims = ['durable-commands', 'http', 'seat-map-under-load', 'visible', 'fold', 'watchers'] as const
const help = `npm run bench -- [claim …] [--quick]

Measures what Millrace claims, each claim in a process of its own, its peers beside it.
Claims: ${claims.join(', ')} (default: all). Only ratios from one run mean anything.
--quick  seconds instead of minutes: to see that the scripts work.`

const parameters = process.argv.slice(2)
const named = parameters.filter((each) => !each.startsWith('--'))
const unknown = named.find((each) => !claims.some((claim) => claim === each))
if (parameters.includes('--help')) console.log(help)
else if (unknown !== undefined) {
  console.error(`there is no claim '${unknown}'\n\n${help}`)
  process.exitCode = 2
} else {
  for (const claim of named.length > 0 ? named : claims) {
    const file = fileURLToPath(new URL(`./${claim}.ts`, import.meta.url))
    const { status } = spawnSync(process.execPath, ['--conditions=source', file, ...parameters.filter((each) => each.startsWith('--'))], {
      stdio: 'inherit',
    })
    if (status !== 0) process.exitCode = 1
  }
}
