/** The program that crash tests start and kill: a store with shoppers in it. */
import { start } from '@millrace/core'
import { openKafkaLog } from '@millrace/kafka'
import { openSqliteCheckpoints, openSqliteLog, openSqliteReadStore, openTemporarySqliteReadStore } from '@millrace/sqlite'
import { abortingLog, crashChild } from '@millrace/testing/crash'
import { httpPayments } from 'app-kit/payments'
import { createStore } from '../app.ts'
import { fillShelves, shop } from './shoppers.ts'

const SHOPPERS = 12

await crashChild(async ({ directory, round, random, ready, send }) => {
  const { STORE_CRASH_PAYMENTS: payments = '', STORE_CRASH_KAFKA: kafka = '' } = process.env
  const [brokers = '', app = ''] = kafka.split(' ')
  const log =
    kafka === ''
      ? await openSqliteLog(directory, { partitions: 4 })
      : await openKafkaLog({ brokers: brokers.split(','), app, partitions: 4, sessionTimeoutMs: 6_000, onTrouble: () => undefined })
  const checkpoints = kafka === '' ? await openSqliteCheckpoints(directory) : undefined
  const store = kafka === '' ? await openSqliteReadStore(directory) : await openTemporarySqliteReadStore()
  const options = { log: abortingLog(log), store, ...(checkpoints && { checkpoints }), onTrouble: () => undefined }
  const running = await start(createStore({ payments: httpPayments(payments) }), options)
  await fillShelves(running)
  ready()
  await Promise.all(
    Array.from({ length: SHOPPERS }, (_, shopper) => shop((type, data) => send(running, type, data), `${round}-${shopper}`, random)),
  )
})
