import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

/**
 * How many type instantiations an app of 200 commands, 200 events and 200 queries may cost, all of zod and core
 * included. Measured, times 1.3. Raise it only with a reason in the commit: an editor pays it on every keystroke.
 */
const MAX_INSTANTIATIONS = 530_000
const COUNT = 200
const PER_AGGREGATE = 10

const root = path.resolve(import.meta.dirname, '..')

test(`an app of ${COUNT} commands, events and queries type-checks within ${MAX_INSTANTIATIONS} instantiations`, () => {
  const folder = path.join(root, 'node_modules/.cache/type-speed')
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'large-app.ts')
  writeFileSync(file, largeApp())
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), (name) => ts.sys.readFile(name)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [file] }, ts.sys, root)
  const program = ts.createProgram([file], { ...options, incremental: false })
  const source = program.getSourceFile(file)
  assert.ok(source)
  const problems = ts.getPreEmitDiagnostics(program, source).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  assert.deepEqual(problems, [])
  const count = program.getInstantiationCount()
  console.log(`${count} instantiations, ${program.getTypeCount()} types`)
  assert.ok(count <= MAX_INSTANTIATIONS, `${count} instantiations, at most ${MAX_INSTANTIATIONS} are allowed`)
})

function largeApp(): string {
  const aggregates = Array.from({ length: COUNT / PER_AGGREGATE }, (_, at) => aggregateText(at))
  const names = aggregates.map((_, at) => String(at))
  return `
import { aggregate, app, event, projection, reject, type Running } from '@millrace/core'
import { z } from 'zod'
${aggregates.join('\n')}
const large = app('large', { aggregates: [${names.map((n) => `aggregate${n}`).join()}], projections: [${names.map((n) => `projection${n}`).join()}] })
declare const running: Running<typeof large>
export async function uses(): Promise<void> {
  const receipt = await running.send('Do7', { id: 'x', items: ['a'], amount: 1, how: 'fast' })
  if (receipt.outcome === 'accepted') for (const each of receipt.events) if (each.type === 'Done13') each.data.amount.toFixed()
  // @ts-expect-error there is no such command
  await running.send('Do${COUNT}', { id: 'x', items: ['a'], amount: 1, how: 'fast' })
  const result = await running.query('ask${COUNT - 1}', { id: 'x' }, { after: receipt })
  result?.total.toFixed()
}
`
}

function aggregateText(at: number): string {
  const numbers = Array.from({ length: PER_AGGREGATE }, (_, index) => at * PER_AGGREGATE + index)
  const each = (text: (n: number) => string): string => numbers.map(text).join('\n    ')
  return `
const aggregate${at} = aggregate('aggregate${at}', {
  commands: {
    ${each((n) => `Do${n}: z.object({ id: z.string(), items: z.array(z.string()).min(1), amount: z.number().int(), how: z.enum(['fast', 'slow']), note: z.string().optional() }),`)}
  },
  events: {
    ${each((n) => `Done${n}: z.object({ items: z.array(z.string()), amount: z.number(), how: z.enum(['fast', 'slow']), note: z.string().optional() }),`)}
  },
  rejections: { 'taken-${at}': 'It is taken.', 'closed-${at}': 'It is closed.' },
  key: (command) => command.id,
  initialState: () => ({ total: 0, items: new Set<string>() }),
  decide: {
    ${each((n) => `Do${n}: ({ items, amount, how }, state) => (state.total > 9 ? reject('taken-${at}', { items }) : [event('Done${n}', { items, amount, how })]),`)}
  },
  evolve: {
    ${each((n) => `Done${n}: (state, { amount }) => ({ ...state, total: state.total + amount }),`)}
  },
})
const projection${at} = projection('projection${at}', {
  from: [aggregate${at}],
  document: z.object({ id: z.string(), total: z.number(), byItem: z.record(z.string(), z.enum(['fast', 'slow'])) }),
  on: {
    ${each((n) => `Done${n}: ({ items, how }, { key, model }) => model.patch(key, { byItem: Object.fromEntries(items.map((item) => [item, how])) }),`)}
  },
  queries: (query) => ({
    ${each((n) => `ask${n}: query(z.object({ id: z.string() }), ({ id }, model) => model.get(id)),`)}
  }),
})`
}
