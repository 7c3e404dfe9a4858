import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MillraceClientError } from '../client-error.ts'
import type { Browser, Channel, Locks } from './browser.ts'
import type { Feed, FeedEvent, Sink } from './feed.ts'
import { Tabs } from './tabs.ts'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

/** A browser with tabs that can be closed: their locks pass on, and they hear nothing more. */
class FakeBrowser {
  readonly #holders = new Map<string, string>()
  readonly #waiting: { readonly name: string; readonly tab: string; readonly grant: () => void }[] = []
  readonly #channels = new Map<string, Set<Channel>>()
  readonly #closed = new Set<string>()

  tab(tab: string): Browser {
    const locks: Locks = {
      request: (name, callback) =>
        new Promise((resolve) => {
          const grant = (): void => {
            this.#holders.set(name, tab)
            void Promise.resolve(callback()).then((value) => {
              this.#release(name)
              resolve(value)
            })
          }
          this.#waiting.push({ name, tab, grant })
          this.#grant()
        }),
    }
    const channels = new Set<Channel>()
    this.#channels.set(tab, channels)
    const say = (from: Channel, data: unknown): void => {
      for (const [other, theirs] of this.#channels) {
        if (this.#closed.has(tab)) return
        for (const channel of theirs)
          if (channel !== from) queueMicrotask(() => !this.#closed.has(other) && channel.onmessage?.({ data: structuredClone(data) }))
      }
    }
    class FakeChannel implements Channel {
      onmessage: Channel['onmessage'] = null
      constructor() {
        channels.add(this)
      }
      postMessage(message: unknown): void {
        say(this, message)
      }
    }
    return { locks, BroadcastChannel: FakeChannel }
  }

  close(tab: string): void {
    this.#closed.add(tab)
    for (const [name, holder] of [...this.#holders]) if (holder === tab) this.#release(name)
  }

  #release(name: string): void {
    this.#holders.delete(name)
    this.#grant()
  }

  #grant(): void {
    for (const asked of [...this.#waiting]) {
      if (this.#closed.has(asked.tab)) this.#waiting.splice(this.#waiting.indexOf(asked), 1)
      else if (!this.#holders.has(asked.name)) {
        this.#waiting.splice(this.#waiting.indexOf(asked), 1)
        asked.grant()
      }
    }
  }
}

/** The connection of one tab, should it lead. */
class FakeFeed implements Feed {
  readonly following = new Map<string, Sink>()
  readonly calls: string[] = []

  follow(query: string, sink: Sink, token: string): { restart: () => void; stop: () => void } {
    this.following.set(query, sink)
    this.calls.push(`follow ${query} ${token}`)
    return {
      restart: () => this.calls.push(`restart ${query}`),
      stop: () => {
        this.following.delete(query)
        this.calls.push(`stop ${query}`)
      },
    }
  }
}

interface Tab {
  readonly tabs: Tabs
  readonly feed: FakeFeed
  readonly saw: string[]
  readonly sink: (name: string) => { readonly said: string[]; readonly errors: MillraceClientError[] } & Sink
}

function open(browser: FakeBrowser, name: string, after = ''): Tab {
  const feed = new FakeFeed()
  const saw: string[] = []
  const tabs = new Tabs({ name: 'x', browser: browser.tab(name), feed, after: () => after, see: (position) => saw.push(position) })
  const sink = (): ReturnType<Tab['sink']> => {
    const said: string[] = []
    const errors: MillraceClientError[] = []
    return {
      said,
      errors,
      onEvent: ({ kind, data }) => said.push(`${kind} ${data}`),
      onState: (state) => said.push(state),
      onError: (error) => errors.push(error),
    }
  }
  return { tabs, feed, saw, sink }
}

const event = (kind: FeedEvent['kind'], data: string, token: string): FeedEvent => ({ kind, data, token })

test('one tab has the connection for all; who comes later has all told anew', async () => {
  const browser = new FakeBrowser()
  const [one, two] = [open(browser, 'one'), open(browser, 'two', '0-7')]
  const [a, b] = [one.sink('a'), two.sink('b')]
  one.tabs.follow('q', a, '')
  await turn()
  one.feed.following.get('q')!.onState('live')
  one.feed.following.get('q')!.onEvent(event('snapshot', '1', 't1'))
  two.tabs.follow('q', b, '')
  await turn()
  assert.deepEqual(one.feed.calls, ['follow q ', 'restart q'])
  assert.deepEqual(one.saw.at(-1), '0-7', 'what the other one has seen counts for both')
  one.feed.following.get('q')!.onEvent(event('snapshot', '2', 't2'))
  await turn()
  assert.deepEqual(
    [a.said, b.said],
    [
      ['live', 'snapshot 1', 'snapshot 2'],
      ['live', 'snapshot 2'],
    ],
  )
  assert.deepEqual(two.feed.calls, [])
})

test('when the tab that leads is closed, the next one goes on where all are; what it alone watched is let go', async () => {
  const browser = new FakeBrowser()
  const [one, two, three] = [open(browser, 'one'), open(browser, 'two'), open(browser, 'three')]
  const [b, c] = [two.sink('b'), three.sink('c')]
  one.tabs.follow('own', one.sink('a'), '')
  two.tabs.follow('q', b, '')
  three.tabs.follow('q', c, '')
  await turn()
  one.feed.following.get('q')!.onEvent(event('snapshot', '1', 't1'))
  await turn()
  browser.close('one')
  await turn()
  assert.deepEqual(two.feed.calls, ['follow q t1'])
  assert.deepEqual(three.feed.calls, [])
  two.feed.following.get('q')!.onEvent(event('patch', '2', 't2'))
  await turn()
  assert.deepEqual(
    [b.said, c.said],
    [
      ['snapshot 1', 'patch 2'],
      ['snapshot 1', 'patch 2'],
    ],
  )
})

test('a query is let go when the last tab that watches it stops or is closed, however that was', async () => {
  const browser = new FakeBrowser()
  const [one, two, three] = [open(browser, 'one'), open(browser, 'two'), open(browser, 'three')]
  one.tabs.follow('o', one.sink('a'), '')
  const following = two.tabs.follow('q', two.sink('b'), '')
  three.tabs.follow('q', three.sink('c'), '')
  await turn()
  following.stop()
  await turn()
  assert.equal(one.feed.calls.includes('stop q'), false)
  browser.close('three')
  await turn()
  assert.equal(one.feed.calls.at(-1), 'stop q')
  assert.deepEqual([...one.feed.following.keys()], ['o'])
})

test('a query that the server refuses is refused in every tab', async () => {
  const browser = new FakeBrowser()
  const [one, two] = [open(browser, 'one'), open(browser, 'two')]
  const [a, b] = [one.sink('a'), two.sink('b')]
  one.tabs.follow('q', a, '')
  two.tabs.follow('q', b, '')
  await turn()
  const issues = [{ path: 'id', message: 'wrong' }]
  one.feed.following.get('q')!.onError(new MillraceClientError(422, 'QUERY_INVALID', 'no', { issues }))
  await turn()
  for (const { errors } of [a, b]) {
    assert.deepEqual(
      errors.map(({ status, code, detail, issues }) => ({ status, code, detail, issues })),
      [{ status: 422, code: 'QUERY_INVALID', detail: 'no', issues }],
    )
  }
})
