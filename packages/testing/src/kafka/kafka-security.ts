/** How clients sign in to a cluster for tests, and what they may do there. Between the brokers all is plain and free. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const MODULES = 'org.apache.kafka.common.security'
const UNSECURED = `${MODULES}.oauthbearer.internals.unsecured`

/** The protocol of the clients' listener. */
const protocols = { plaintext: 'PLAINTEXT', tls: 'SSL', sasl: 'SASL_PLAINTEXT', 'sasl-tls': 'SASL_SSL' } as const

export interface KafkaSecurityOptions {
  /**
   * What clients speak (default 'plaintext'). With 'sasl' all of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER are
   * taken; for the last, see `unsecuredToken`.
   */
  readonly security?: keyof typeof protocols
  /** Passwords of the users of PLAIN and SCRAM. */
  readonly users?: Readonly<Record<string, string>>
  /**
   * Nobody may do anything unless granted (see `grantKafka`), but for who comes by the `internal` listener: that is
   * everybody's superior. Asks for sign-in: with 'tls', by a certificate.
   */
  readonly acls?: boolean
}

/** PEM texts. */
export interface KafkaTls {
  /** Of the authority that signed the brokers' certificates. */
  readonly ca: string
  /** A certificate that the brokers accept, of User:CN=client; they ask for one only with `acls` and no SASL. */
  readonly cert: string
  readonly key: string
}

export interface KafkaSecurity {
  readonly protocol: string
  readonly settings: Readonly<Record<string, string>>
  /** What the storage is formatted with. */
  readonly formatArguments: readonly string[]
  readonly tls: KafkaTls | undefined
}

/** Makes certificates in `directory` where they are needed: by openssl, valid for a few days. */
export async function openKafkaSecurity(options: KafkaSecurityOptions, directory: string): Promise<KafkaSecurity> {
  const { security = 'plaintext', users = {}, acls = false } = options
  const hasTls = security === 'tls' || security === 'sasl-tls'
  const hasSasl = security === 'sasl' || security === 'sasl-tls'
  if (acls && security === 'plaintext')
    throw new TypeError("openKafkaCluster: acls: expected security 'sasl', 'sasl-tls' or 'tls' with it, got 'plaintext'")
  return {
    protocol: protocols[security],
    // Who does not say who he is, is ANONYMOUS, who with `acls` may do everything: so nobody may come so.
    settings: { ...(hasTls && tlsSettings(directory, acls && !hasSasl)), ...(hasSasl && saslSettings(users)), ...(acls && aclSettings) },
    formatArguments: hasSasl ? scramUsers(users) : [],
    tls: hasTls ? await makeCertificates(directory) : undefined,
  }
}

/** For OAUTHBEARER: a token that nobody signed, as brokers for tests take it. */
export function unsecuredToken(user: string, lifetimeMs = 3_600_000): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = Date.now() / 1_000
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: nowSeconds, exp: nowSeconds + lifetimeMs / 1_000 })}.`
}

const aclSettings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'false',
  'super.users': 'User:ANONYMOUS',
}

function saslSettings(users: Readonly<Record<string, string>>): Record<string, string> {
  const clients = 'listener.name.clients'
  const passwords = Object.entries(users).map(([user, password]) => ` user_${user}="${password}"`)
  return {
    [`${clients}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${clients}.plain.sasl.jaas.config`]: `${MODULES}.plain.PlainLoginModule required${passwords.join('')};`,
    [`${clients}.scram-sha-256.sasl.jaas.config`]: `${MODULES}.scram.ScramLoginModule required;`,
    [`${clients}.scram-sha-512.sasl.jaas.config`]: `${MODULES}.scram.ScramLoginModule required;`,
    [`${clients}.oauthbearer.sasl.jaas.config`]: `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    [`${clients}.oauthbearer.sasl.login.callback.handler.class`]: `${UNSECURED}.OAuthBearerUnsecuredLoginCallbackHandler`,
    [`${clients}.oauthbearer.sasl.server.callback.handler.class`]: `${UNSECURED}.OAuthBearerUnsecuredValidatorCallbackHandler`,
  }
}

const scramUsers = (users: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(users).flatMap(([user, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user},password=${password}]`]),
  )

const tlsSettings = (directory: string, asksForCertificate: boolean): Record<string, string> => ({
  'listener.name.clients.ssl.keystore.type': 'PEM',
  'listener.name.clients.ssl.keystore.location': path.join(directory, 'broker.pem'),
  'listener.name.clients.ssl.truststore.type': 'PEM',
  'listener.name.clients.ssl.truststore.location': path.join(directory, 'ca.crt'),
  'listener.name.clients.ssl.client.auth': asksForCertificate ? 'required' : 'requested',
})

async function makeCertificates(directory: string): Promise<KafkaTls> {
  const file = (name: string): string => path.join(directory, name)
  const make = (name: string, subject: string, more: readonly string[]): Promise<unknown> =>
    execute('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3', '-subj', `/CN=${subject}`],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), ...more],
    ])
  await make('ca', 'Millrace for tests', [])
  const signed = ['-CA', file('ca.crt'), '-CAkey', file('ca.key')]
  await Promise.all([
    make('broker', '127.0.0.1', [...signed, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']),
    make('client', 'client', signed),
  ])
  const read = (name: string): Promise<string> => readFile(file(name), 'utf8')
  await writeFile(file('broker.pem'), (await read('broker.key')) + (await read('broker.crt')))
  return { ca: await read('ca.crt'), cert: await read('client.crt'), key: await read('client.key') }
}
