import { MillraceError, type NewCommand } from '@millrace/core'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { FrameReader, MAX_FRAME_BYTES, PROTOCOL, writeFrame, writeJson, type Answer, type Trouble, type Welcome } from './frames.ts'
import { checkSocketOwner, noteBeside, socketPath } from './socket-path.ts'
import { Submissions, toError } from './submissions.ts'

/** What the owner tells. Each throws where it cannot be: then the connection is given up, and another one tried. */
export interface Told {
  welcome(welcome: Welcome): void
  events(chunk: Buffer): void
  ends(ends: readonly number[]): void
}

/** Before another try to connect: twice as long each time. */
const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 1_000

/** An owner that takes the connection and says nothing for so long hangs: it is as good as away. */
const WELCOME_MS = 10_000

/** A log that is closed waits so long for the answers to what it has sent. */
const ANSWERS_MS = 5_000

/** A follower's connection to the owner, made again whenever it is lost. Keeps the process alive until it is closed. */
export class OwnerLink {
  readonly #directory: string
  readonly #told: Told
  readonly #submissions: Submissions
  readonly #first = Promise.withResolvers<void>()
  #socket: Socket | undefined
  /** Whether the owner has said welcome, and is there. */
  #isUp = false
  /** Why it is not. */
  #why = 'it has not been asked yet'
  #trouble: MillraceError | undefined
  readonly #asking: (() => void)[] = []
  #isSending = false
  #pauseMs = FIRST_PAUSE_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(directory: string, partitions: number, told: Told) {
    this.#directory = directory
    this.#told = told
    this.#submissions = new Submissions(partitions)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Resolves once the owner has said welcome, or the first try has failed. */
  open(): Promise<void> {
    this.#connect()
    return this.#first.promise
  }

  trouble(): MillraceError | undefined {
    return this.#isUp ? this.#trouble : this.#awayError()
  }

  submit(partition: number, command: NewCommand): Promise<number> {
    if (!this.#isUp) throw this.#awayError()
    if (!this.#isSending) {
      this.#isSending = true
      setImmediate(() => {
        this.#isSending = false
        if (this.#isUp && this.#socket !== undefined) this.#submissions.send(this.#socket)
      })
    }
    return this.#submissions.add(partition, command)
  }

  /** Resolves once the owner has told how far the log is now, or is away. */
  ask(): Promise<void> {
    if (!this.#isUp || this.#socket === undefined) return Promise.resolve()
    writeFrame(this.#socket, 'ask', new Uint8Array())
    return new Promise((resolve) => this.#asking.push(resolve))
  }

  /** Tries no more. What was sent gets its answers, unless they are too long in coming. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const limit = AbortSignal.timeout(ANSWERS_MS)
    while (this.#isUp && !this.#submissions.isEmpty && !limit.aborted) await new Promise((resolve) => setTimeout(resolve, 5))
    this.#socket?.destroy()
    this.#lose('it was closed')
  }

  #connect(): void {
    const fail = (error: unknown): void => this.#lose((error as Error).message)
    let path: string
    try {
      path = socketPath(this.#directory)
      checkSocketOwner(path)
    } catch (error) {
      return fail(error)
    }
    const socket = connect(path)
    const frames = new FrameReader(MAX_FRAME_BYTES)
    this.#socket = socket
    let why = 'it has closed the connection'
    socket.setTimeout(WELCOME_MS, () => socket.destroy(new Error(`it has not said a word for ${WELCOME_MS} ms`)))
    socket.on('connect', () => writeJson(socket, 'hello', { millrace: 'log', protocol: PROTOCOL }))
    socket.on('error', (error) => (why = error.message))
    socket.on('data', (data) => {
      if (this.#socket !== socket) return
      try {
        for (const { kind, body } of frames.take(data)) {
          if (kind === 'refused') why = JSON.parse(body.toString()) as string
          else this.#take(kind, body)
        }
      } catch (error) {
        why = (error as Error).message
        socket.destroy()
      }
    })
    socket.on('close', () => {
      if (this.#socket === socket) fail(new Error(why))
    })
  }

  #take(kind: string, body: Buffer): void {
    if (kind === 'events') return this.#told.events(body)
    const said: unknown = JSON.parse(body.toString())
    if (kind === 'ends') this.#told.ends(said as readonly number[])
    else if (kind === 'answers') this.#submissions.answer(said as readonly Answer[])
    else if (kind === 'trouble') this.#setTrouble(said as Trouble | null)
    else if (kind === 'asked') {
      this.#told.ends(said as readonly number[])
      this.#asking.shift()?.()
    } else if (kind === 'welcome') {
      const welcome = said as Welcome
      this.#told.welcome(welcome)
      this.#socket?.setTimeout(0)
      this.#setTrouble(welcome.trouble)
      this.#isUp = true
      this.#pauseMs = FIRST_PAUSE_MS
      this.#first.resolve()
    } else throw new Error(`an owner does not say ${kind}`)
  }

  #setTrouble(trouble: Trouble | null): void {
    this.#trouble = trouble === null ? undefined : toError(trouble)
  }

  #lose(why: string): void {
    this.#socket = undefined
    this.#isUp = false
    const note = noteIn(this.#directory)
    this.#why = note === undefined ? why : `${why}; when it opened the log it could not listen: ${note}`
    this.#submissions.fail(
      (partition) => this.#awayError({ partition }),
      (partition) => new MillraceError('LOG_OUTCOME_UNKNOWN', unknownMessage(why), { at: { partition } }),
    )
    for (const resolve of this.#asking.splice(0)) resolve()
    this.#first.resolve()
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS)
  }

  #awayError(at: MillraceError['at'] = {}): MillraceError {
    const message =
      `the process that owns the log in ${this.#directory} can't be reached: ${this.#why}. ` +
      'Nothing is stored meanwhile, reads go on from what is there. Start it, if it does not run: this one connects by itself.'
    return new MillraceError('LOG_UNAVAILABLE', message, { at: { directory: this.#directory, ...at } })
  }
}

const unknownMessage = (why: string): string =>
  `the connection to the process that owns the log was lost before it answered (${why}): whether this was stored is not known`

function noteIn(directory: string): string | undefined {
  try {
    return readFileSync(noteBeside(directory), 'utf8')
  } catch {
    return undefined
  }
}
