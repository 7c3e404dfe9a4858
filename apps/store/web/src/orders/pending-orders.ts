import { createStore, useStore } from 'app-kit/web/shell/store.ts'
import { failureSentence } from 'app-kit/web/api/failure-sentence.ts'
import { sendCommand, type CommandData } from '../api/client.ts'

/** An order of which the server has not told yet. The page shows it all the same, and says that it is being saved. */
export interface PendingOrder {
  readonly data: CommandData<'PlaceOrder'>
  readonly totalCents: number
  readonly status: 'saving' | 'failed'
  readonly message?: string
}

const pending = createStore<Readonly<Record<string, PendingOrder>>>({})

export const usePendingOrders = (): Readonly<Record<string, PendingOrder>> => useStore(pending)

export function forgetPending(orderId: string): void {
  const { [orderId]: known, ...others } = pending.get()
  if (known !== undefined) pending.set(others)
}

/** Sends an order, and again where it failed: its id is the command's too, so that it is placed once. */
export async function placeOrder(data: CommandData<'PlaceOrder'>, totalCents: number): Promise<void> {
  const note = (status: PendingOrder['status'], message?: string): void =>
    pending.set({ ...pending.get(), [data.orderId]: { data, totalCents, status, ...(message !== undefined && { message }) } })
  note('saving')
  try {
    const { receipt } = await sendCommand('PlaceOrder', data, { commandId: `place-${data.orderId}` })
    if (receipt.outcome !== 'accepted') note('failed', receipt.outcome === 'failed' ? receipt.message : 'It was placed before.')
  } catch (error) {
    note('failed', failureSentence(error))
  }
}
