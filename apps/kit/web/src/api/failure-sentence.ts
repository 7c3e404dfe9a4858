import { MillraceClientError } from '@millrace/client'
import { appWords } from '../app-words.ts'

/** Why there is no answer, as a sentence for whoever clicked: what servers say of themselves is for those who run them. */
export function failureSentence(error: unknown): string {
  if (error instanceof MillraceClientError) {
    if (error.status === 0) return `${appWords().server} cannot be reached.`
    if (error.status === 202) return `${appWords().server} has not answered yet.`
    if (error.status >= 500 || error.status === 429) return `${appWords().server} cannot do this at the moment.`
  }
  const message = error instanceof Error ? error.message : String(error)
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`
}
