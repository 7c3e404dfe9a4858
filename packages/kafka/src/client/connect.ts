/** One connection to one broker. */
import { isIP } from 'node:net'
import { apiVersionsV3, AuthenticationError, Connection, TimeoutError, type ConnectionOptions, type SASLOptions } from '@platformatic/kafka'
import { toMillraceError } from './failure.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ConnectOptions {
  readonly clientId: string
  readonly tls?: ConnectionOptions['tls'] | undefined
  readonly sasl?: SASLOptions | undefined
  /** How long a request may take, in milliseconds: then its connection is given up. */
  readonly requestTimeoutMs: number
}

/** How long a broker may take to be connected with, and then to answer at all, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000
const CLIENT_NAME = 'millrace'
const CLIENT_VERSION = '0.1.0'

export const askVersions = (connection: Connection): ReturnType<typeof apiVersionsV3.api.async> =>
  apiVersionsV3.api.async(connection, CLIENT_NAME, CLIENT_VERSION)

/** Resolves once the broker answers. `onEnd` is called when the connection is of no more use, more than once perhaps. */
export async function connect({ host, port }: Address, options: ConnectOptions, onEnd: () => void): Promise<Connection> {
  const { clientId, tls, sasl, requestTimeoutMs } = options
  const connection = new Connection(clientId, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    maxInflights: 64,
    // An address is no name for TLS; the certificate is checked against it all the same.
    ...(tls !== undefined && { tls, tlsServerName: isIP(host) === 0 }),
    ...(sasl !== undefined && { sasl: sasl.mechanism === 'OAUTHBEARER' ? { authBytesValidator: checkToken, ...sasl } : sasl }),
  })
  connection.on('error', onEnd)
  connection.on('close', onEnd)
  try {
    await connection.connect(host, port)
    // Whoever takes connections need not be a broker that answers: a proxy does, and a machine whose broker hangs.
    await inTime(askVersions(connection))
  } catch (error) {
    onEnd()
    void connection.close()
    throw toMillraceError(error, `connecting to Kafka at ${host}:${port}`)
  }
  return connection
}

/** As `answer`, or a rejection after the time a connection may take. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new TimeoutError(`no answer within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS)
    answer.then(resolve, reject).finally(() => clearTimeout(late))
  })
}

/** A token that is refused is told so in an answer that is none else: RFC 7628, section 3.2.2. */
const checkToken: NonNullable<SASLOptions['authBytesValidator']> = (answer, callback) => {
  let status = ''
  try {
    if (answer.length > 1) status = String((JSON.parse(answer.toString()) as { readonly status?: unknown }).status)
  } catch {
    status = 'its answer cannot be read'
  }
  if (status === '') callback(null, answer)
  else callback(new AuthenticationError(`the broker does not take the token: ${status}`))
}
