import { noteAnswered, noteSent } from '../flow-drawer/flow-store.ts'
import { client, type CommandData, type CommandName, type Receipt } from './client.ts'

export interface Answer {
  readonly receipt: Receipt
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** Sends a command and lets the "How it works" drawer follow it. */
export async function sendCommand<Name extends CommandName>(name: Name, data: CommandData<Name>): Promise<Answer> {
  const commandId = crypto.randomUUID()
  const askedAtMs = Date.now()
  noteSent(commandId, name)
  try {
    const receipt = await client.send(name, data, { commandId })
    noteAnswered(commandId, receipt)
    return { receipt, askedAtMs, answeredAtMs: Date.now() }
  } catch (error) {
    noteAnswered(commandId, undefined)
    throw error
  }
}
