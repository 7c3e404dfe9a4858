import { test } from 'node:test'
import { durableLogContract, logContract } from '@millrace/testing'
import { kafkaForTests } from '@millrace/testing/kafka'
import { openKafkaLog } from './open-kafka-log.ts'

const { bootstrap: brokers, skip } = await kafkaForTests()
let app = 0
const newApp = (): string => `contract-${process.pid}-${Date.now()}-${app++}`
const open = (name: string) => openKafkaLog({ brokers, app: name, partitions: 3, sessionTimeoutMs: 6_000, onTrouble: () => undefined })

for (const { name, run } of logContract) test(`kafka log ${name}`, { skip, timeout: 150_000 }, () => run(() => open(newApp())))
for (const { name, run } of durableLogContract)
  test(`kafka log that is opened again ${name}`, { skip, timeout: 150_000 }, () => {
    const same = newApp()
    return run(() => open(same))
  })
