import { spawn, type ChildProcess } from 'node:child_process'

export interface Started {
  readonly child: ChildProcess
  readonly text: () => string
  /** Resolves once it has said so. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  readonly exit: Promise<number | null>
}

/** Runs an app's main file with these settings and no other. */
export function startProcess(main: string, env: Readonly<Record<string, string>>, ...args: readonly string[]): Started {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MILLRACE_|PORT$|HOST$|HOLD_|TICKETS_|STORE_|PAYMENTS_|NODE_TEST)/.test(name)),
  )
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    env: { ...clean, ...env },
  })
  let text = ''
  let onText = (): void => undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      onText()
    })
  }
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      onText = () => {
        const found = pattern.exec(text)
        if (found !== null) resolve(found)
      }
      onText()
      void exit.then(() => reject(new Error(`it ended without saying ${String(pattern)}:\n${text}`)))
    })
  return { child, text: () => text, said, exit }
}
