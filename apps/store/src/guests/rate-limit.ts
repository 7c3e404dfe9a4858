/** So many addresses are remembered; with more, the window begins anew for all. */
const MOST_ADDRESSES = 10_000

/** Whether one more try of that address is within `most` of them in a window of time. */
export function createRateLimit(
  { most, windowMs }: { readonly most: number; readonly windowMs: number },
  nowMs: () => number = () => performance.now(),
): (address: string) => boolean {
  const tries = new Map<string, { count: number; readonly untilMs: number }>()
  return (address) => {
    const now = nowMs()
    const known = tries.get(address)
    if (known !== undefined && now < known.untilMs) return ++known.count <= most
    if (tries.size >= MOST_ADDRESSES) tries.clear()
    tries.set(address, { count: 1, untilMs: now + windowMs })
    return true
  }
}
