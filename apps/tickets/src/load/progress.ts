/** Shows how far something is: a bar where somebody watches, else a line now and then. */
export interface Progress {
  update(done: number, text: string): void
  end(): void
}

const WIDTH = 30
const LINE_EVERY_MS = 5_000

export function createProgress(out: NodeJS.WriteStream, title: string): Progress {
  let lastMs = -Infinity
  return {
    update(done, text) {
      const share = Math.min(1, Math.max(0, done))
      const nowMs = performance.now()
      if (nowMs - lastMs < (out.isTTY ? 100 : LINE_EVERY_MS)) return
      lastMs = nowMs
      const percent = `${Math.floor(share * 100)}`.padStart(3)
      if (!out.isTTY) return void out.write(`${title}: ${percent} %  ${text}\n`)
      const filled = Math.round(share * WIDTH)
      out.write(`\r\x1b[K${title} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent} %  ${text}`)
    },
    end() {
      if (out.isTTY) out.write('\r\x1b[K')
    },
  }
}
