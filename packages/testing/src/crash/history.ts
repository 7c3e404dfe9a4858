import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Receipt } from '@millrace/core'

/** A command as a client sent it, written down before it was sent. */
export interface Attempt {
  readonly commandId: string
  readonly type: string
  readonly data: unknown
}

/** What the clients of all rounds saw. A command that was attempted and not answered may have happened, or not. */
export interface History {
  readonly attempts: ReadonlyMap<string, Attempt>
  /** Every answer a client was given, per command id: more than one where it was sent again. */
  readonly answers: ReadonlyMap<string, readonly Receipt[]>
}

type Line = { readonly attempt: Attempt } | { readonly answer: Receipt }

const fileIn = (directory: string): string => path.join(directory, 'history.jsonl')

/** Each line is handed to the operating system at once, so it outlives a killed process. */
export const write = (directory: string, line: Line): void => appendFileSync(fileIn(directory), `${JSON.stringify(line)}\n`)

export function readHistory(directory: string): History {
  const attempts = new Map<string, Attempt>()
  const answers = new Map<string, Receipt[]>()
  const text = existsSync(fileIn(directory)) ? readFileSync(fileIn(directory), 'utf8') : ''
  for (const line of text.split('\n').slice(0, -1)) {
    const said = JSON.parse(line) as Line
    if ('attempt' in said) attempts.set(said.attempt.commandId, said.attempt)
    else answers.set(said.answer.commandId, [...(answers.get(said.answer.commandId) ?? []), said.answer])
  }
  return { attempts, answers }
}
