import type { Receipt } from './client.ts'

export interface SeatsHeld {
  readonly holdId: string
  readonly seats: readonly string[]
  readonly untilMs: number
  readonly adjacent?: boolean
  readonly relaxed?: string
}

interface EventData {
  readonly SeatsHeld: SeatsHeld
  readonly HoldExtended: { readonly holdId: string; readonly untilMs: number }
}

/** The data of the first event of that type, or undefined. The server wrote it, so its shape is trusted. */
export function eventOf<Type extends keyof EventData>(receipt: Receipt, type: Type): EventData[Type] | undefined {
  if (receipt.outcome !== 'accepted') return undefined
  return receipt.events.find((event) => event.type === type)?.data as EventData[Type] | undefined
}

export interface RefusalDetails {
  readonly seat?: string
  readonly seats?: readonly string[]
  readonly limit?: number
  readonly have?: number
}

export const detailsOf = (receipt: Receipt): RefusalDetails =>
  receipt.outcome === 'rejected' && typeof receipt.details === 'object' && receipt.details !== null ? receipt.details : {}
