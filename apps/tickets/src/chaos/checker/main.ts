/**
 * A program of its own, which shares nothing with the system it judges but the app's pure functions:
 *
 *     node --conditions=source src/chaos/checker/main.ts <directory of a run>
 *
 * Reads `commands.jsonl`, `events.jsonl` and `history.jsonl`, and prints the verdict as one line of JSON.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Line } from '../history.ts'
import { checkRun } from './check-run.ts'
import type { TopicRecord } from './log-record.ts'

const [directory = '.'] = process.argv.slice(2)

const readLines = (name: string): readonly unknown[] =>
  readFileSync(path.join(directory, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))

const verdict = checkRun({
  commands: readLines('commands.jsonl') as readonly TopicRecord[],
  events: readLines('events.jsonl') as readonly TopicRecord[],
  history: readLines('history.jsonl') as readonly Line[],
})
process.stdout.write(`${JSON.stringify(verdict)}\n`)
