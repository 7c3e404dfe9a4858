/** What a broker's refusal, or a connection's end, means for whoever asked. */
import { AuthenticationError, NetworkError, ProtocolError, ResponseError, TimeoutError, UserError } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'

/** Error codes of Kafka's protocol that are acted upon. Source: org.apache.kafka.common.protocol.Errors. */
export const KAFKA = {
  OFFSET_OUT_OF_RANGE: 1,
  MESSAGE_TOO_LARGE: 10,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_SASL_MECHANISM: 33,
  ILLEGAL_SASL_STATE: 34,
  TOPIC_ALREADY_EXISTS: 36,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  SASL_AUTHENTICATION_FAILED: 58,
  UNKNOWN_PRODUCER_ID: 59,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  PRODUCER_FENCED: 90,
} as const

/** The code of the first refusal in an answer; undefined where there was no answer. */
export function kafkaCode(error: unknown): number | undefined {
  if (error instanceof ResponseError) return kafkaCode(error.errors[0])
  if (error instanceof ProtocolError) return Number(error['apiCode'])
  return undefined
}

/** Kafka's own words. */
export function kafkaReason(error: unknown): string {
  if (error instanceof ResponseError) return kafkaReason(error.errors[0])
  if (error instanceof ProtocolError) {
    const said: unknown = error['serverErrorMessage']
    return `${String(error['apiId'])}${typeof said === 'string' && said !== '' ? `: ${said}` : ''}`
  }
  // What the log says itself names the address, and so does the cause of a connection that failed.
  if (error instanceof MillraceError || (error instanceof NetworkError && error.cause instanceof Error))
    return error.cause instanceof Error ? kafkaReason(error.cause) : error.message
  if (error instanceof Error) return error.cause instanceof Error ? `${error.message} (${kafkaReason(error.cause)})` : error.message
  return String(error)
}

/** All codes that an answer refuses with. */
export const kafkaCodes = (error: unknown): readonly (number | undefined)[] =>
  error instanceof ResponseError ? error.errors.map(kafkaCode) : [kafkaCode(error)]

/** What a request named that this user has no right to: `all` where its answer does not say which. */
export function deniedNames(
  error: unknown,
  { list, name, all }: { readonly list: string; readonly name: string; readonly all: readonly string[] },
): string {
  const response: unknown = error instanceof ResponseError ? Reflect.get(error, 'response') : undefined
  const items = (response as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> | undefined)?.[list] ?? []
  const names = items.filter(({ errorCode }) => missingRight.has(Number(errorCode))).map((item) => String(item[name]))
  return (names.length === 0 ? all : names).join(' and ')
}

const missingRight: ReadonlySet<number | undefined> = new Set<number>([
  KAFKA.TOPIC_AUTHORIZATION_FAILED,
  KAFKA.GROUP_AUTHORIZATION_FAILED,
  KAFKA.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
])

const CREDENTIALS = 'check the credentials (MILLRACE_KAFKA_USERNAME and _PASSWORD, or _TOKEN)'
const SIGN_IN: Readonly<Record<number, string>> = {
  [KAFKA.SASL_AUTHENTICATION_FAILED]: CREDENTIALS,
  [KAFKA.UNSUPPORTED_SASL_MECHANISM]: 'use another mechanism (MILLRACE_KAFKA_SASL)',
  [KAFKA.ILLEGAL_SASL_STATE]: 'this port takes no sign-in: use another one, or none (MILLRACE_KAFKA_SASL)',
}

/** True where asking again changes nothing: wrong credentials, missing rights, TLS where there is none. */
export function isDenied(error: unknown): boolean {
  if (error instanceof MillraceError) return error.code === 'LOG_DENIED'
  return missingRight.has(kafkaCode(error)) || whyNotLetIn(error) !== undefined
}

/** What mends it where the connection itself was denied. Undefined where it was not, or may be taken the next time. */
function whyNotLetIn(error: unknown): string | undefined {
  const first = firstCause(error)
  // Brokers that go away end a handshake as they end all else: that is no refusal.
  if (isInterrupted(first)) return undefined
  const said = SIGN_IN[kafkaCode(first) ?? -1]
  if (said !== undefined) return said
  const code = codeOf(first)
  if (/SELF_SIGNED|CERT_|UNABLE_TO_/.test(code))
    return "the brokers' certificate must be valid for this address, and signed by an authority of MILLRACE_KAFKA_CA"
  if (/^ERR_TLS|^ERR_SSL/.test(code)) return 'check MILLRACE_KAFKA_TLS, _CA, _CERT and _KEY'
  if (first instanceof UserError && first.message.includes('requires TLS')) return 'speak it (MILLRACE_KAFKA_TLS=on), or use another port'
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof AuthenticationError || cause instanceof UserError) return CREDENTIALS
  return undefined
}

/** Whether the broker took the connection and ended it: as one does that goes away, and with who does not speak as expected. */
export function isHungUp(error: unknown): boolean {
  const first = firstCause(error)
  return codeOf(first) === 'ECONNRESET' || (first instanceof NetworkError && first.message === 'Connection closed')
}

const isInterrupted = (first: unknown): boolean =>
  first instanceof NetworkError || first instanceof TimeoutError || /^E[A-Z]+$/.test(codeOf(first))

const codeOf = (error: unknown): string => (error instanceof Error ? String(Reflect.get(error, 'code')) : '')

function firstCause(error: unknown): unknown {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  return cause
}

/** A failure as the log's callers know it. `what`: what was tried, such as "reading tickets.events". `right`: what it needs. */
export function toMillraceError(error: unknown, what: string, right?: string): MillraceError {
  if (error instanceof MillraceError) return error
  if (!isDenied(error)) return new MillraceError('LOG_UNAVAILABLE', `${what} failed: ${kafkaReason(error)}`, { cause: error })
  const mends = whyNotLetIn(error) ?? `grant this user ${right ?? 'what docs/kafka.md lists'}`
  return new MillraceError('LOG_DENIED', `${what} failed: ${kafkaReason(error)}; ${mends}`, { cause: error })
}
