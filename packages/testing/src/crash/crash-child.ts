import { randomUUID } from 'node:crypto'
import { MillraceError, type App, type CommandInput, type CommandName, type ReceiptOf, type Running } from '@millrace/core'
import { readHistory, write, type Attempt } from './history.ts'
import { seededRandom } from './random.ts'

export interface CrashChild {
  /** Where the app keeps its data. */
  readonly directory: string
  readonly round: number
  /** In [0, 1); the same row of numbers for the same seed and round. */
  readonly random: () => number
  /** What clients of former rounds attempted. */
  readonly attempts: readonly Attempt[]
  /** Says that the app runs: from now on it may be killed at any moment. */
  ready(): void
  /** Sends a command as a client that writes down what it does and sees. Resolves with undefined where no answer came. */
  send<A extends App, Name extends CommandName<A>>(
    running: Running<A>,
    type: Name,
    data: CommandInput<A, Name>,
  ): Promise<ReceiptOf<A> | undefined>
  /** Sends a former command again, as a client does that never saw the answer. */
  sendAgain(running: Running, attempt: Attempt): Promise<void>
}

/** What the program that `crashLoop` starts calls: `work` runs until the process is killed. */
export async function crashChild(work: (child: CrashChild) => Promise<void>): Promise<void> {
  const directory = process.env['MILLRACE_CRASH_DIRECTORY']
  if (directory === undefined) throw new TypeError('MILLRACE_CRASH_DIRECTORY is not set: this program is started by crashLoop')
  const round = Number(process.env['MILLRACE_CRASH_ROUND'])
  const random = seededRandom(Number(process.env['MILLRACE_CRASH_SEED']) + round)

  const attempt = async (running: Running, made: Attempt): ReturnType<Running['send']> => {
    write(directory, { attempt: made })
    const receipt = await running.send(made.type, made.data, { commandId: made.commandId })
    write(directory, { answer: receipt })
    return receipt
  }
  await work({
    directory,
    round,
    random,
    attempts: [...readHistory(directory).attempts.values()],
    ready: () => void process.send?.('ready'),
    async send(running, type, data) {
      try {
        return await attempt(running as never, { commandId: randomUUID(), type, data })
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error
        return undefined
      }
    },
    async sendAgain(running, made) {
      await attempt(running, made).catch((error: unknown) => {
        if (!(error instanceof MillraceError)) throw error
      })
    },
  })
}
