/** `/demo/*`: the crowd, where queries are answered, and reading the log (for `npm run load`, which checks it from outside). */
import { Readable } from 'node:stream'
import type { Batch, Log } from '@millrace/core'
import type { Server } from 'app-kit/server'
import { z } from 'zod'
import { showId } from '../booking/ids.ts'
import { MAX_BUYERS, type Crowd } from './crowd.ts'

const crowdInput = z.strictObject({ showId, buyers: z.int().min(1).max(MAX_BUYERS).default(300) })
const whole = z.coerce.number().int().min(0)
const logInput = z.strictObject({ partition: whole, from: whole.default(0), to: whole.optional() })

type Checked<T> = { readonly value: T } | { readonly problem: object }

function check<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const result = schema.safeParse(input ?? {})
  if (result.success) return { value: result.data }
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  return { problem: { type: 'about:blank', title: 'The input is not valid', status: 422, code: 'INPUT_INVALID', issues } }
}

const PROBLEM = 'application/problem+json'

export function addDemoRoutes(
  server: Server,
  { crowd, log }: { readonly crowd: Crowd | undefined; readonly log: Pick<Log, 'read' | 'ends' | 'partitions'> },
): void {
  if (crowd !== undefined) addCrowd(server, crowd)

  server.get('/demo/log', async (request, reply) => {
    const ends = await log.ends()
    const query = request.query as Readonly<Record<string, unknown>>
    if (Object.keys(query).length === 0) return { partitions: log.partitions, ends }
    const input = check(logInput, query)
    if ('problem' in input) return reply.code(422).type(PROBLEM).send(input.problem)
    const { partition, from, to } = input.value
    const end = Math.min(to ?? Infinity, ends[partition] ?? 0)
    return reply
      .type('application/x-ndjson')
      .header('cache-control', 'no-store')
      .send(Readable.from(lines(log, partition, from, end), { objectMode: false }))
  })
}

function addCrowd(server: Server, crowd: Crowd): void {
  server.get('/demo/crowd', () => crowd.status())
  server.delete('/demo/crowd', () => crowd.stop())
  server.post('/demo/crowd', (request, reply) => {
    const input = check(crowdInput, request.body)
    if ('problem' in input) return reply.code(422).type(PROBLEM).send(input.problem)
    return crowd.start(input.value.showId, input.value.buyers)
  })
}

/** A line of JSON for each record of `events[partition]` from `from` up to, but not including, `end`. */
async function* lines(log: Pick<Log, 'read'>, partition: number, from: number, end: number): AsyncGenerator<string> {
  if (from >= end) return
  const stop = new AbortController()
  try {
    for await (const batch of log.read(partition, from, stop.signal)) {
      yield toLines(batch, from, end)
      if (batch.next >= end) return
    }
  } finally {
    stop.abort()
  }
}

const toLines = ({ first, records }: Batch, from: number, end: number): string =>
  records
    .map((record, at) => ({ offset: first + at, ...record }))
    .filter(({ offset }) => offset >= from && offset < end)
    .map(({ offset, data, kind, type, key, timeMs, commandId, index }) => {
      const about = JSON.stringify({ offset, kind, type, key, timeMs, commandId, index })
      return `${about.slice(0, -1)},"data":${data}}\n` // `data` is JSON text already
    })
    .join('')
