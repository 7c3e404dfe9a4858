import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child extends AsyncDisposable {
  /** Its first line of output, parsed. */
  readonly hello: { readonly url: string }
  /** Resident memory as it said so itself, in MB, once a second. */
  readonly rssMb: readonly number[]
}

/** Runs a script of `shared/` until it is disposed of. */
export async function startProcess(script: string, ...parameters: readonly string[]): Promise<Child> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', file, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] })
  const rssMb: number[] = []
  createInterface(child.stderr).on('line', (line) => {
    const said = /^rss (\d+)$/.exec(line)
    if (said === null) console.error(line)
    else rssMb.push(Number(said[1]))
  })
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const hello = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    child.on('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
  return {
    hello: JSON.parse(hello) as Child['hello'],
    rssMb,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
    },
  }
}
