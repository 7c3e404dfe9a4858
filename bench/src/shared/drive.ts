import { toLatencies, type Latencies } from './figures.ts'

export interface Driven {
  readonly perSecond: number
  readonly latencyMs: Latencies
}

/** Keeps `inFlight` calls of `work` going for that long, each begun as soon as one has ended. */
export async function drive(inFlight: number, forMs: number, work: (lane: number) => Promise<void>): Promise<Driven> {
  const latencies: number[] = []
  const startMs = performance.now()
  const untilMs = startMs + forMs
  await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      for (let beginMs = performance.now(); beginMs < untilMs;) {
        await work(lane)
        const nowMs = performance.now()
        latencies.push(nowMs - beginMs)
        beginMs = nowMs
      }
    }),
  )
  return { perSecond: (latencies.length / (performance.now() - startMs)) * 1_000, latencyMs: toLatencies(latencies) }
}
