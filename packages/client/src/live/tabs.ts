import { MillraceClientError } from '../client-error.ts'
import type { Browser, Channel } from './browser.ts'
import type { Feed, FeedEvent, Following, Sink, StreamState } from './feed.ts'

/** What tabs tell each other. Only the leader acts on what tabs want, only tabs that follow on what the leader says. */
type Message =
  | { readonly kind: 'lead' }
  | { readonly kind: 'want'; readonly tab: string; readonly query: string; readonly token: string; readonly after: string }
  | { readonly kind: 'served'; readonly tab: string; readonly query: string }
  | { readonly kind: 'leave'; readonly tab: string; readonly query: string }
  | { readonly kind: 'event'; readonly query: string; readonly event: FeedEvent }
  | { readonly kind: 'state'; readonly query: string; readonly state: StreamState }
  | {
      readonly kind: 'error'
      readonly query: string
      readonly error: {
        readonly status: number
        readonly code: string
        readonly detail: string
        readonly issues: MillraceClientError['issues']
      }
    }

export interface TabsOptions {
  /** One for all tabs that share: the same app, and the same version of these messages. */
  readonly name: string
  readonly browser: Browser
  /** The connection of the tab that leads; not used before it does. */
  readonly feed: Feed
  /** How far this tab has seen. */
  readonly after: () => string
  /** Another tab has seen so far. */
  readonly see: (position: string) => void
}

interface Wanted {
  readonly sink: Sink
  token: string
  /** What the leader said before it knew of this tab may be older than what this tab has seen. */
  isServed: boolean
  state: StreamState | undefined
}

/** A query as the leader follows it for all tabs. */
interface Led {
  readonly following: Following
  readonly tabs: Set<string>
  token: string
  state: StreamState | undefined
}

/**
 * The tabs of one browser share one connection: a browser has six for a site. One tab leads: it has the lock, and with it
 * the connection. When it goes, the lock passes on, and the next one resumes what all the others watch.
 */
export class Tabs implements Feed {
  readonly #options: TabsOptions
  readonly #channel: Channel
  readonly #tab = crypto.randomUUID()
  readonly #wanted = new Map<string, Wanted>()
  readonly #led = new Map<string, Led>()
  readonly #known = new Set<string>([this.#tab])
  #isLeader = false
  /** This tab has its own lock: before, others would take it for gone. */
  #isHere = false

  constructor(options: TabsOptions) {
    this.#options = options
    const { name, browser } = options
    const { locks } = browser
    this.#channel = new browser.BroadcastChannel(name)
    this.#channel.onmessage = ({ data }) => this.#receive(data as Message)
    const forEver = (): Promise<never> => new Promise(() => undefined)
    // Held as long as this tab lives: whoever leads then learns that it has gone.
    void locks
      .request(`${name} ${this.#tab}`, () => {
        this.#isHere = true
        this.#wantAll()
        return forEver()
      })
      .catch(() => undefined)
    void locks
      .request(name, () => {
        this.#lead()
        return forEver()
      })
      .catch(() => undefined)
  }

  follow(query: string, sink: Sink, token: string): Following {
    const wanted: Wanted = { sink, token, isServed: false, state: undefined }
    this.#wanted.set(query, wanted)
    this.#want(query, token)
    return {
      restart: () => {
        wanted.token = ''
        this.#want(query, '')
      },
      stop: () => {
        if (this.#wanted.get(query) !== wanted) return
        this.#wanted.delete(query)
        this.#say({ kind: 'leave', tab: this.#tab, query })
      },
    }
  }

  #want(query: string, token: string): void {
    if (!this.#isHere) return
    this.#say({ kind: 'want', tab: this.#tab, query, token, after: this.#options.after() })
  }

  #wantAll(): void {
    for (const [query, { token }] of this.#wanted) this.#want(query, token)
  }

  /** To the other tabs, and to this one where it is meant too. */
  #say(message: Message): void {
    this.#channel.postMessage(message)
    this.#receive(message)
  }

  #lead(): void {
    this.#isLeader = true
    this.#say({ kind: 'lead' })
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'lead':
        return this.#wantAll()
      case 'want':
        return this.#isLeader ? this.#serve(message) : undefined
      case 'served':
        if (message.tab === this.#tab) this.#serveHere(message.query)
        return
      case 'leave':
        return this.#isLeader ? this.#drop(message.tab, message.query) : undefined
      default:
        return this.#tell(message)
    }
  }

  /** What the leader says of a query that is watched here. */
  #tell(message: Extract<Message, { readonly kind: 'event' | 'state' | 'error' }>): void {
    const wanted = this.#wanted.get(message.query)
    if (wanted === undefined) return
    if (message.kind === 'state') {
      if (wanted.state === message.state) return
      wanted.state = message.state
      return wanted.sink.onState(message.state)
    }
    if (message.kind === 'event') {
      if (!wanted.isServed) return
      wanted.token = message.event.token
      return wanted.sink.onEvent(message.event)
    }
    const { status, code, detail, issues } = message.error
    this.#wanted.delete(message.query)
    wanted.sink.onError(new MillraceClientError(status, code, detail, { issues }))
  }

  #serveHere(query: string): void {
    const wanted = this.#wanted.get(query)
    if (wanted !== undefined) wanted.isServed = true
  }

  #serve({ tab, query, token, after }: Extract<Message, { readonly kind: 'want' }>): void {
    this.#options.see(after)
    this.#know(tab)
    this.#say({ kind: 'served', tab, query })
    const led = this.#led.get(query)
    if (led === undefined) this.#led.set(query, this.#follow(query, tab, token))
    else {
      led.tabs.add(tab)
      // It has less than the others, or nothing: all are told anew.
      if (token === '' || token !== led.token) led.following.restart()
      if (led.state !== undefined) this.#say({ kind: 'state', query, state: led.state })
    }
  }

  #follow(query: string, tab: string, token: string): Led {
    const sink: Sink = {
      onEvent: (event) => {
        led.token = event.token
        this.#say({ kind: 'event', query, event })
      },
      onState: (state) => {
        led.state = state
        this.#say({ kind: 'state', query, state })
      },
      onError: ({ status, code, detail, issues }) => {
        this.#led.delete(query)
        this.#say({ kind: 'error', query, error: { status, code, detail, issues } })
      },
    }
    const led: Led = { following: this.#options.feed.follow(query, sink, token), tabs: new Set([tab]), token, state: undefined }
    return led
  }

  #drop(tab: string, query: string): void {
    const led = this.#led.get(query)
    if (led?.tabs.delete(tab) !== true || led.tabs.size > 0) return
    this.#led.delete(query)
    led.following.stop()
  }

  /** Waits for the lock that a tab holds as long as it lives. */
  #know(tab: string): void {
    if (this.#known.has(tab)) return
    this.#known.add(tab)
    const gone = (): void => {
      this.#known.delete(tab)
      for (const query of [...this.#led.keys()]) this.#drop(tab, query)
    }
    void this.#options.browser.locks.request(`${this.#options.name} ${tab}`, gone).catch(() => undefined)
  }
}
