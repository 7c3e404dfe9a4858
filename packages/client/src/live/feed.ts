import type { MillraceClientError } from '../client-error.ts'

export type StreamState = 'connecting' | 'live' | 'lost'

/** One step of a watched query. */
export interface FeedEvent {
  readonly kind: 'snapshot' | 'patch'
  /** JSON text. */
  readonly data: string
  /** Where the query is resumed after it. */
  readonly token: string
}

/** Who is told what comes of one watched query. */
export interface Sink {
  readonly onEvent: (event: FeedEvent) => void
  readonly onState: (state: StreamState) => void
  /** Nothing more will come. */
  readonly onError: (error: MillraceClientError) => void
}

export interface Following {
  /** Has the server tell all anew, at least as new as all that this client has seen. */
  restart(): void
  stop(): void
}

/** Where watched queries come from: a connection of this page, or one that its tabs share. */
export interface Feed {
  /** `query`: `<name>?<input>`. `token`: where it is resumed; empty: from the beginning. Tells nothing before it has returned. */
  follow(query: string, sink: Sink, token: string): Following
}
