/** A real cluster of three brokers, and all that can befall it. Its seed is printed; the same one chooses the same faults. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { whyNoJava } from '@millrace/testing/kafka'

const reason = await whyNoJava()
if (reason !== undefined && process.env['CI'] === 'true') throw new Error(`this test needs Kafka, and ${reason}`)

/** With the cluster's start and the verdict, three minutes in all. */
const MINUTES = '2.5'

test(
  'keeps its promises whatever befalls brokers, processes and connections',
  { timeout: 500_000, skip: reason === undefined ? false : `NOT RUN: ${reason}` },
  async (context) => {
    const chaos = spawn(process.execPath, ['--conditions=source', path.join(import.meta.dirname, 'main.ts'), '--minutes', MINUTES], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: context.signal,
    })
    let text = ''
    for (const stream of [chaos.stdout, chaos.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const code = await new Promise<number | null>((resolve, reject) => {
      chaos.once('error', reject)
      chaos.once('close', resolve)
    })
    const report = text.replace(/^Chaos: .*\n/gm, '')
    context.diagnostic(report)
    assert.equal(code, 0, text)
  },
)
