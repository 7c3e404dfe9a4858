import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthenticationError, NetworkError, ResponseError, TimeoutError, UserError } from '@platformatic/kafka'
import { isDenied, isHungUp, KAFKA, toMillraceError } from './failure.ts'

const failed = (cause: Error): Error => new NetworkError('Connection to a:9092 failed.', { cause })
const system = (code: string): Error => Object.assign(new Error(code), { code })
const refused = (code: number): Error => new ResponseError(36, 2, { '/': [code, null] } as never, {})

test('a broker that goes away in the midst of a sign-in, or of a TLS handshake, has denied nothing', () => {
  for (const error of [
    failed(new AuthenticationError('SASL authentication failed.', { cause: new NetworkError('Connection closed') })),
    failed(new AuthenticationError('Cannot find a suitable SASL mechanism.', { cause: new TimeoutError('Request timed out') })),
    failed(new UserError('TLS handshake failed.', { cause: system('ECONNRESET') })),
    failed(system('ECONNREFUSED')),
  ]) {
    assert.equal(isDenied(error), false, String(error.cause))
    assert.equal(toMillraceError(error, 'connecting').code, 'LOG_UNAVAILABLE')
  }
})

test('credentials, certificates and rights are denied for good, each with what mends it', () => {
  for (const [error, mends] of [
    [failed(new AuthenticationError('no', { cause: refused(KAFKA.SASL_AUTHENTICATION_FAILED) })), /check the credentials/],
    [failed(new AuthenticationError('the broker does not take the token: invalid_token')), /_TOKEN/],
    [failed(new AuthenticationError('no', { cause: refused(KAFKA.ILLEGAL_SASL_STATE) })), /takes no sign-in/],
    [failed(new AuthenticationError('no', { cause: refused(KAFKA.UNSUPPORTED_SASL_MECHANISM) })), /MILLRACE_KAFKA_SASL/],
    [failed(system('SELF_SIGNED_CERT_IN_CHAIN')), /MILLRACE_KAFKA_CA/],
    [failed(system('ERR_TLS_CERT_ALTNAME_INVALID')), /valid for this address/],
    [failed(system('ERR_SSL_WRONG_VERSION_NUMBER')), /MILLRACE_KAFKA_TLS/],
    [new UserError('Broker requires TLS.'), /MILLRACE_KAFKA_TLS=on/],
    [refused(KAFKA.GROUP_AUTHORIZATION_FAILED), /grant this user Read on the group g$/],
  ] as const) {
    const told = toMillraceError(error, 'trying', 'Read on the group g')
    assert.equal(told.code, 'LOG_DENIED', told.message)
    assert.match(told.message, mends)
  }
})

test('who was hung up on is told from who was not answered', () => {
  assert.equal(isHungUp(toMillraceError(failed(new NetworkError('Connection closed')), 'connecting')), true)
  assert.equal(isHungUp(failed(new UserError('TLS handshake failed.', { cause: system('ECONNRESET') }))), true)
  assert.equal(isHungUp(failed(system('ECONNREFUSED'))), false)
  assert.equal(isHungUp(new TimeoutError('Request timed out')), false)
})
