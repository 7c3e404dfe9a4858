/** One Ctrl-C may come several times: from the terminal, and passed on by each npm in between. */
const SAME_CTRL_C_MS = 500

/** The first asks to finish, the second to end at once. */
export function stopOnSignals(app: AsyncDisposable, say: (text: string) => void): void {
  let firstMs: number | undefined
  const stop = (): void => {
    const nowMs = performance.now()
    if (firstMs !== undefined) {
      if (nowMs - firstMs > SAME_CTRL_C_MS) process.exit(130)
      return
    }
    firstMs = nowMs
    say('\nStopping: answering what was sent … (Ctrl-C again stops at once)')
    app[Symbol.asyncDispose]().then(
      () => {
        say('Stopped.')
        process.exit(0)
      },
      (error: unknown) => {
        console.error('It did not stop cleanly:', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
