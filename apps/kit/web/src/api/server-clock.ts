/** How far the server's clock is ahead of ours. Deadlines are the server's; a wrong clock here must not shorten them. */
let offsetMs = 0
let best: 'none' | 'coarse' | 'fine' = 'none'

export const serverNowMs = (): number => Date.now() + offsetMs

/** From a `Date` header: whole seconds, so the middle of that second is the best guess. */
function noteServerDate(header: string | null, askedAtMs: number, answeredAtMs: number): void {
  const serverMs = header === null ? NaN : Date.parse(header)
  if (Number.isNaN(serverMs) || best === 'fine') return
  const offset = serverMs + 500 - (askedAtMs + answeredAtMs) / 2
  offsetMs = Math.abs(offset) < 1000 ? 0 : offset
  best = 'coarse'
}

/** From a fresh deadline: the server's clock stood at `untilMs - holdMs` while the command was on its way. */
export function noteFreshDeadline(untilMs: number, holdMs: number, askedAtMs: number, answeredAtMs: number): void {
  offsetMs = untilMs - holdMs - (askedAtMs + answeredAtMs) / 2
  best = 'fine'
}

export async function readServerClock(): Promise<void> {
  const askedAtMs = Date.now()
  try {
    const response = await fetch('/favicon.svg', { method: 'HEAD', cache: 'no-store' })
    noteServerDate(response.headers.get('date'), askedAtMs, Date.now())
  } catch {
    // Not reachable: our own clock has to do until an answer comes.
  }
}
