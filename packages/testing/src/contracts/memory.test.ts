import { test } from 'node:test'
import { createMemoryLog, createMemoryReadStore, createMemorySharedReadStore } from '@millrace/core'
import { logContract } from './log-contract.ts'
import { readStoreContract } from './read-store-contract.ts'
import { sharedReadStoreContract } from './shared-read-store-contract.ts'

for (const partitions of [1, 4]) {
  for (const { name, run } of logContract) {
    test(`memory log (${partitions} partitions) ${name}`, () => run(() => Promise.resolve(createMemoryLog({ partitions }))))
  }
}

for (const { name, run } of readStoreContract) {
  test(`memory read store ${name}`, () => run(() => Promise.resolve(createMemoryReadStore())))
}

for (const { name, run } of sharedReadStoreContract) {
  test(`memory shared read store ${name}`, () => run(() => Promise.resolve(createMemorySharedReadStore())))
}
