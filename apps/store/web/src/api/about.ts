import { createStore, useStore } from 'app-kit/web/shell/store.ts'

export interface About {
  readonly isStaff: boolean
  /** Where the payment provider can be watched, and told what to do. */
  readonly paymentsPage: string | null
}

const about = createStore<About | undefined>(undefined)

export async function readAbout(): Promise<void> {
  try {
    const response = await fetch('/about', { cache: 'no-store' })
    if (response.ok) about.set((await response.json()) as About)
  } catch {
    // Not reachable: what depends on it stays away.
  }
}

export const useAbout = (): About | undefined => useStore(about)
