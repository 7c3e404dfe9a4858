/** What is built is fit to publish: `publint --strict` and `attw --pack` for every package. Run `npm run build` first. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')

const runs = (command: string, args: readonly string[]): boolean => {
  console.log(`> ${command} ${args.join(' ')}`)
  return spawnSync(path.join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' }).status === 0
}

const failed = readdirSync(path.join(root, 'packages')).filter((name) => {
  const folder = `packages/${name}`
  // ESM only by intent (style guide, 8): what an old `require` would see is not asked.
  const results = [runs('publint', ['--strict', folder]), runs('attw', ['--pack', folder, '--profile', 'esm-only'])]
  return results.includes(false)
})
if (failed.length > 0) {
  console.error(`not fit to publish: ${failed.join(', ')}`)
  process.exitCode = 1
}
