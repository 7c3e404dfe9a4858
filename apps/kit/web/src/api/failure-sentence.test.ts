import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MillraceClientError } from '@millrace/client'
import { failureSentence } from './failure-sentence.ts'

test('an outage is told in words for a visitor, never in the words of a server', () => {
  const said = (status: number, code: string, detail: string) => failureSentence(new MillraceClientError(status, code, detail))
  assert.equal(said(0, 'UNREACHABLE', 'no answer from /commands/HoldSeats'), 'The server cannot be reached.')
  assert.equal(said(202, 'COMMAND_TIMEOUT', 'command 7 is not decided yet'), 'The server has not answered yet.')
  const away = said(503, 'LOG_UNAVAILABLE', 'the server cannot do this now; its log has the reason')
  assert.equal(away, 'The server cannot do this at the moment.')
})

test('what is wrong with what was sent stays as it is, as a sentence', () => {
  const error = new MillraceClientError(422, 'COMMAND_INVALID', 'command HoldSeats is not valid: seats: too many')
  assert.equal(failureSentence(error), 'Command HoldSeats is not valid: seats: too many.')
  assert.equal(failureSentence('Gone!'), 'Gone!')
})
