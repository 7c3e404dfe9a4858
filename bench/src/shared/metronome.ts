/**
 * Ticks at a fixed rate, from a thread that does nothing else: a timer of the event loop is late by up to a millisecond.
 * Work that takes longer than a tick does not slow it down (open loop), and each tick says when it was meant to be.
 */
import { Worker } from 'node:worker_threads'

const THREAD = `
  const { parentPort, workerData: { perSecond, forMs } } = require('node:worker_threads')
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const now = () => performance.timeOrigin + performance.now()
  const startMs = now() + 5
  for (let tick = 0; ; tick++) {
    const dueMs = startMs + (tick * 1000) / perSecond
    if (dueMs - startMs > forMs) break
    const waitMs = dueMs - now()
    if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs)
    parentPort.postMessage(dueMs)
  }
  parentPort.postMessage(0)
`

/** Epoch milliseconds with fractions: comparable between threads and processes of one machine. */
export const epochMs = (): number => performance.timeOrigin + performance.now()

/** Calls `work` with the time of each tick (epoch milliseconds); resolves once all of it has ended. */
export async function tick(perSecond: number, forMs: number, work: (dueMs: number) => Promise<void>): Promise<void> {
  const worker = new Worker(THREAD, { eval: true, workerData: { perSecond, forMs }, execArgv: [] })
  const working = new Set<Promise<void>>()
  let failure: unknown
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (dueMs: number) => {
      if (dueMs === 0) return resolve()
      const done = work(dueMs)
        .catch((error: unknown) => (failure ??= error))
        .then(() => void working.delete(done))
      working.add(done)
    })
  })
  await Promise.all(working)
  await worker.terminate()
  if (failure !== undefined) throw failure as Error
}
