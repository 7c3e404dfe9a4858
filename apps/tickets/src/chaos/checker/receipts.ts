/** What clients were told of their commands, against the log. */
import { isDeepStrictEqual } from 'node:util'
import type { CommandCall, SeenReceipt } from '../history.ts'
import type { Decision } from './decisions.ts'
import type { Say } from './findings.ts'

/** Returns how many commands were acknowledged. */
export function checkReceipts(calls: readonly CommandCall[], answers: ReadonlyMap<string, Decision>, say: Say): number {
  const acknowledged = new Set<string>()
  for (const call of calls) {
    const { id, type, outcome, receipt, status, code, isOther, instance, session } = call
    const where = `${type} ${id} of ${session} on instance ${instance}`
    if (isOther) {
      if (receipt !== undefined || (outcome === 'refused' && code !== 'COMMAND_ID_REUSED'))
        say('E2', `${where}, sent with another body: ${status} ${code ?? receipt?.outcome ?? ''}`)
      continue
    }
    if (outcome === 'refused') say('http', `${where} was refused: ${status} ${code ?? ''}`)
    if (receipt === undefined) continue
    acknowledged.add(id)
    const answer = answers.get(id)
    if (answer === undefined) say('A1', `${where} was acknowledged (${receipt.outcome}), and is not in the log`)
    else {
      const expected = toReceipt(answer)
      if (!isDeepStrictEqual(withoutMessage(receipt), expected))
        say('A1', `${where} was told ${JSON.stringify(receipt).slice(0, 400)}; the log says ${JSON.stringify(expected).slice(0, 400)}`)
    }
  }
  return acknowledged.size
}

/** The receipt that the log's records come to. */
function toReceipt({ commandId, partition, records }: Decision): SeenReceipt {
  const [first] = records
  const position = `${partition}-${(records.at(-1)?.offset ?? -1) + 1}`
  if (first?.kind === 'rejected') {
    const { code, details } = first.data as { readonly code: string; readonly details: unknown }
    return { commandId, outcome: 'rejected', events: [], position, code, details }
  }
  if (first?.kind === 'failed') return { commandId, outcome: 'failed', events: [], position }
  const events = records.filter(({ kind }) => kind === 'event').map(({ type, data }) => ({ type, data }))
  return { commandId, outcome: 'accepted', events, position }
}

/** Why a command failed is for the operator alone: a client is told something else. */
const withoutMessage = (receipt: SeenReceipt): SeenReceipt => {
  const { message: _, ...rest } = receipt as SeenReceipt & { readonly message?: string }
  return rest
}
