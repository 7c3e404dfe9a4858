import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createHttpClient } from './http-client.ts'

test('the key for operations goes with what is for operators, and with nothing else', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    using client = createHttpClient(url, 1, 'the-key-of-the-operators')
    for (const path of ['/ops/read-models', '/queries/shows', '/demo/log']) await client.request(path)
    using keyless = createHttpClient(url, 1)
    await keyless.request('/ops/read-models')
    assert.deepEqual(seen, ['Bearer the-key-of-the-operators', undefined, undefined, undefined])
  } finally {
    server.close()
  }
})
