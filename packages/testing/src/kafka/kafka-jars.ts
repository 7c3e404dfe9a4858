/** Apache Kafka's own jars, from Maven Central: fetched once, kept beside the `pom.xml`. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const HOME = path.resolve(import.meta.dirname, '../../kafka')
const POM = path.join(HOME, 'pom.xml')
const LIBS = path.join(HOME, 'libs')
/** Kept with the jars: what they were fetched by. Where it changes, so do they. */
const POM_OF_LIBS = path.join(LIBS, 'pom.xml')
const LOCK = path.join(HOME, 'libs.lock')
/** A fetch that was killed leaves its lock: one so old, in milliseconds, counts for nothing. */
const STALE_MS = 600_000
const POLL_MS = 200

/** Whether Kafka can be run here by Java; where not, why. */
export async function whyNoJava(): Promise<string | undefined> {
  try {
    const { stderr, stdout } = await execute('java', ['-version'])
    const [, version = '0'] = /version "(\d+)/.exec(stderr + stdout) ?? []
    if (Number(version) < 17) return `Java ${version} is too old; Kafka needs 17 or newer`
  } catch {
    return 'there is no Java; Kafka needs 17 or newer'
  }
  if (await isFetched()) return undefined
  return execute('mvn', ['-version']).then(
    () => undefined,
    () => "there is no Maven, which fetches Kafka's jars",
  )
}

/** The class path for `java -cp`. Fetches the jars where they are not there: about 50 MB. Others wait for who fetches. */
export async function kafkaClassPath(say: (text: string) => void = () => undefined): Promise<string> {
  let isWaiting = false
  while (!(await isFetched())) {
    if (await lock()) await fetchJars(say).finally(unlock)
    else {
      if (!isWaiting) say("Another process fetches Kafka's jars; waiting for it …")
      isWaiting = true
      await sleep(POLL_MS)
    }
  }
  return path.join(LIBS, '*')
}

async function isFetched(): Promise<boolean> {
  const [wanted, fetched] = await Promise.all([readFile(POM, 'utf8'), readFile(POM_OF_LIBS, 'utf8').catch(() => undefined)])
  return wanted === fetched
}

async function fetchJars(say: (text: string) => void): Promise<void> {
  if (await isFetched()) return
  say("Fetching Apache Kafka's jars from Maven Central, once (about 50 MB) …")
  const fetched = path.join(LOCK, 'libs')
  await execute('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${fetched}`]).catch((error: unknown) => {
    const { stdout = '' } = error as { readonly stdout?: string }
    throw new Error(
      `Kafka's jars could not be fetched from Maven Central:\n${stdout === '' ? (error as Error).message : stdout.slice(0, 1_500)}`,
      { cause: error },
    )
  })
  await copyFile(POM, path.join(fetched, 'pom.xml'))
  await rm(LIBS, { recursive: true, force: true })
  await rename(fetched, LIBS)
}

/** True where this process is now the one that fetches. */
async function lock(): Promise<boolean> {
  try {
    await mkdir(LOCK)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const held = await stat(LOCK).catch(() => undefined)
    if (held !== undefined && Date.now() - held.mtimeMs > STALE_MS) await unlock()
    return false
  }
}

const unlock = (): Promise<void> => rm(LOCK, { recursive: true, force: true })
