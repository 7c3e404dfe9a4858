/** What tabs need of their browser, by shape: this package runs in Node too, and is compiled without the DOM. */

/** Web Locks. See https://w3c.github.io/web-locks/ */
export interface Locks {
  /** Held until what `callback` returns settles, or whoever asked for it is gone. */
  request(name: string, callback: () => unknown): Promise<unknown>
}

/** Carries messages to all other tabs of the same name, in order. */
export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
}

export interface Browser {
  readonly locks: Locks
  readonly BroadcastChannel: new (name: string) => Channel
}

const platform = globalThis as unknown as {
  readonly document?: unknown
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: Browser['BroadcastChannel']
}

export const isPage: boolean = platform.document !== undefined

/** Undefined where it has no Web Locks: outside a secure context, say. */
export function findBrowser(): Browser | undefined {
  const { navigator, BroadcastChannel } = platform
  return navigator?.locks === undefined || BroadcastChannel === undefined ? undefined : { locks: navigator.locks, BroadcastChannel }
}
