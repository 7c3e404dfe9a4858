/** Apache Kafka's own jars, from Maven Central: fetched once, kept beside the `pom.xml`. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const HOME = path.resolve(import.meta.dirname, '../../kafka')
const LIBS = path.join(HOME, 'libs')
/** A fetch that was killed leaves its lock: one so old, in milliseconds, counts for nothing. */
const STALE_MS = 600_000

/** Whether Kafka can be run here by Java; where not, why. */
export async function whyNoJava(): Promise<string | undefined> {
  try {
    const { stderr, stdout } = await execute('java', ['-version'])
    const [, version = '0'] = /version "(\d+)/.exec(stderr + stdout) ?? []
    if (Number(version) < 17) return `Java ${version} is too old; Kafka needs 17 or newer`
  } catch {
    return 'there is no Java; Kafka needs 17 or newer'
  }
  if (existsSync(LIBS)) return undefined
  return execute('mvn', ['-version']).then(
    () => undefined,
    () => "there is no Maven, which fetches Kafka's jars",
  )
}

/** The class path for `java -cp`. Fetches the jars where they are not there: about 50 MB. */
export async function kafkaClassPath(say: (text: string) => void = () => undefined): Promise<string> {
  while (!existsSync(LIBS)) await fetchJars(say)
  return path.join(LIBS, '*')
}

/** One process fetches, others wait for it. */
async function fetchJars(say: (text: string) => void): Promise<void> {
  const lock = path.join(HOME, 'libs.lock')
  try {
    await mkdir(lock)
  } catch {
    const held = await stat(lock).catch(() => undefined)
    if (held !== undefined && Date.now() - held.mtimeMs > STALE_MS) await rm(lock, { recursive: true, force: true })
    else await sleep(200)
    return
  }
  try {
    if (existsSync(LIBS)) return
    say("Fetching Apache Kafka's jars from Maven Central, once (about 50 MB) …")
    const fetched = path.join(lock, 'libs')
    await execute('mvn', ['-q', '-B', '-f', path.join(HOME, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${fetched}`])
    await rename(fetched, LIBS)
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}
