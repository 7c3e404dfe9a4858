import { start, type Running } from '@millrace/core'
import { serve, type Server } from '@millrace/http'
import { openSqliteCheckpoints, openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tickets } from '../../../apps/tickets/src/app.ts'
import { sleep } from './report.ts'

export type Shop = Running<typeof tickets>

export interface OpenShop extends AsyncDisposable {
  readonly shop: Shop
  readonly directory: string
}

/** The ticket shop on the embedded log, as `npm start` runs it, in a directory of its own. */
export async function openShop(
  directory: string = mkdtempSync(join(tmpdir(), 'millrace-bench-')),
  { checkpoints = true, keep = false } = {},
): Promise<OpenShop> {
  const shop = await start(tickets, {
    log: await openSqliteLog(directory, { partitions: 12 }),
    store: await openSqliteReadStore(directory),
    ...(checkpoints && { checkpoints: await openSqliteCheckpoints(directory) }),
  })
  while (!shop.status().ready) await sleep(5)
  return {
    shop,
    directory,
    async [Symbol.asyncDispose]() {
      await shop.stop()
      if (!keep) rmSync(directory, { recursive: true, force: true })
    },
  }
}

export const serveShop = (shop: Shop): Promise<Server> => serve(shop as unknown as Running, { port: 0 })

export async function scheduleShow(shop: Shop, showId: string, sections: number, rows: number, seatsPerRow: number): Promise<void> {
  const receipt = await shop.send('ScheduleShow', {
    showId,
    title: `Show ${showId}`,
    venue: 'Bench',
    startsAt: '2030-01-01T20:00:00.000Z',
    sections: Array.from({ length: sections }, (_, at) => ({
      id: `S${at + 1}`,
      name: `Section ${at + 1}`,
      priceCents: 4_000,
      rows,
      seatsPerRow,
    })),
    maxSeatsPerCustomer: 8,
    holdMs: 600_000,
  })
  if (receipt.outcome !== 'accepted') throw new Error(JSON.stringify(receipt))
}

/** The n-th seat of a show of that shape. */
export const seatAt = (n: number, rows: number, seatsPerRow: number): string => {
  const inSection = rows * seatsPerRow
  return `S${Math.floor(n / inSection) + 1}-${Math.floor((n % inSection) / seatsPerRow) + 1}-${(n % seatsPerRow) + 1}`
}
