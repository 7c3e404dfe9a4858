/** What a broker's refusal, or a connection's end, means for whoever asked. */
import { AuthenticationError, NetworkError, ProtocolError, ResponseError, UserError } from '@platformatic/kafka'
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
  TOPIC_ALREADY_EXISTS: 36,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
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

const denied: ReadonlySet<number | undefined> = new Set<number>([
  KAFKA.TOPIC_AUTHORIZATION_FAILED,
  KAFKA.GROUP_AUTHORIZATION_FAILED,
  KAFKA.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
])

/** True where asking again changes nothing: wrong credentials, missing rights, TLS where there is none. */
export function isDenied(error: unknown): boolean {
  if (error instanceof MillraceError) return error.code === 'LOG_DENIED'
  if (denied.has(kafkaCode(error))) return true
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AuthenticationError || cause instanceof UserError) return true
    if (/^ERR_TLS|^ERR_SSL|SELF_SIGNED|CERT_|UNABLE_TO_/.test(String(Reflect.get(cause, 'code')))) return true
  }
  return false
}

/** A failure as the log's callers know it. `what`: what was tried, such as "reading tickets.events". */
export function toMillraceError(error: unknown, what: string, hint?: string): MillraceError {
  if (error instanceof MillraceError) return error
  const code = isDenied(error) ? 'LOG_DENIED' : 'LOG_UNAVAILABLE'
  const advice =
    hint ?? (code === 'LOG_DENIED' ? 'check the credentials and the rights of this user (docs/kafka.md lists them)' : undefined)
  return new MillraceError(code, `${what} failed: ${kafkaReason(error)}${advice === undefined ? '' : `; ${advice}`}`, { cause: error })
}
