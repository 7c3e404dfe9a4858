import type { Feed, Following, Sink } from './feed.ts'
import { charactersOf, LiveConnection, type LiveConnectionOptions } from './live-connection.ts'

/** What a server takes over one connection, unless it is told otherwise. */
const MAX_WATCHES = 32
/** It takes URLs of 8,192, and the ids of what is resumed besides. */
const MAX_CHARACTERS = 6_000

/** As few connections as hold all watches: one, but for a page that watches very many. */
export class Connections implements Feed {
  readonly #options: LiveConnectionOptions
  readonly #connections: LiveConnection[] = []

  constructor(options: LiveConnectionOptions) {
    this.#options = options
  }

  follow(query: string, sink: Sink, token: string): Following {
    const characters = charactersOf(query)
    let connection = this.#connections.find((each) => each.size < MAX_WATCHES && each.characters + characters <= MAX_CHARACTERS)
    if (connection === undefined) this.#connections.push((connection = new LiveConnection(this.#options)))
    return connection.follow(query, sink, token)
  }
}
