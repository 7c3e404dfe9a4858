/**
 * What this browser has begun at a show, by its id: so that a reload and a second tab go on with it. How it stands is
 * always asked of the server.
 */
import { useCallback, useSyncExternalStore } from 'react'

/** `hold`: the seats in the cart. `checkout`: the booking that is being paid for. `waiter`: the place on the waiting list. */
export type Saved = 'hold' | 'checkout' | 'waiter'

const keyOf = (what: Saved, showId: string): string => `millrace.${what}.${showId}`

/** Where storage is refused, an id lives as long as this page. */
const unsaved = new Map<string, string>()
const listeners = new Set<() => void>()

export function savedId(what: Saved, showId: string): string | null {
  const key = keyOf(what, showId)
  try {
    return localStorage.getItem(key) ?? unsaved.get(key) ?? null
  } catch {
    return unsaved.get(key) ?? null
  }
}

export function saveId(what: Saved, showId: string, id: string | null): void {
  const key = keyOf(what, showId)
  unsaved.delete(key)
  try {
    if (id === null) localStorage.removeItem(key)
    else localStorage.setItem(key, id)
  } catch {
    if (id !== null) unsaved.set(key, id)
  }
  for (const listener of listeners) listener()
}

/** The shows of which such an id is saved. */
export function savedShows(what: Saved): readonly string[] {
  const prefix = keyOf(what, '')
  let keys: readonly string[] = []
  try {
    keys = Object.keys(localStorage)
  } catch {
    // Storage refused: only those of this page.
  }
  return [...new Set([...keys, ...unsaved.keys()])].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
}

/** Calls back when such an id is saved or forgotten in another tab of this browser. */
export function onSavedElsewhere(what: Saved, showId: string, listener: () => void): () => void {
  const onStorage = ({ key }: StorageEvent): void => {
    if (key === null || key === keyOf(what, showId)) listener()
  }
  window.addEventListener('storage', onStorage)
  return () => window.removeEventListener('storage', onStorage)
}

/** Calls back when any id is saved or forgotten, here or in another tab. */
export function onSaved(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

export const useSavedId = (what: Saved, showId: string): string | null =>
  useSyncExternalStore(
    onSaved,
    useCallback(() => savedId(what, showId), [what, showId]),
  )
