/** Kafka's own Java clients, as small programs of one file each: what another implementation makes of the same bytes. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { kafkaClassPath } from './kafka-jars.ts'

const HOME = path.resolve(import.meta.dirname, '../../kafka/java')
const OPTIONS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dfile.encoding=UTF-8',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]

/**
 * Runs `kafka/java/<name>.java`, or Kafka's own class where `name` has a dot (`kafka.admin.AclCommand`), with `input` as
 * its standard input. Resolves with what it prints; throws with what it says where it fails.
 */
export async function runJava(name: string, args: readonly string[], input = ''): Promise<string> {
  const program = name.includes('.') ? name : path.join(HOME, `${name}.java`)
  const java = spawn('java', [...OPTIONS, '-cp', await kafkaClassPath(), program, ...args])
  const said: Buffer[] = []
  const complaints: Buffer[] = []
  java.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  java.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  // One that ends early takes no more.
  java.stdin.on('error', () => undefined)
  java.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    java.once('error', reject)
    java.once('close', resolve)
  })
  const text = Buffer.concat(said).toString()
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${Buffer.concat(complaints).toString().slice(-2_000)}${text.slice(-2_000)}`)
  return text
}

/** A record as `Dump.java` prints it. Null: it is not there. */
export interface DumpedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** In milliseconds since 1970. */
  readonly timestamp: number
  readonly key: string | null
  readonly headers: Readonly<Record<string, string | null>>
  readonly value: string | null
}

/** All that the topics hold now, as Kafka's own consumer reads it: partition by partition in order, partitions mixed. */
export async function dumpTopics(bootstrap: readonly string[], topics: readonly string[]): Promise<readonly DumpedRecord[]> {
  const text = await runJava('Dump', [bootstrap.join(','), ...topics])
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DumpedRecord)
}
