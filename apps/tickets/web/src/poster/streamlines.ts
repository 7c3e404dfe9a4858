/** A wheel standing in the stream. */
export interface Wheel {
  readonly x: number
  readonly y: number
  readonly radius: number
}

export interface Stream {
  readonly wheels: readonly Wheel[]
  /** SVG path data, top to bottom. */
  readonly lines: readonly string[]
}

export interface StreamSize {
  readonly width: number
  readonly height: number
  readonly lineCount: number
}

/** Each show has its own stream: its id decides where the wheels stand. The same id always gives the same picture. */
export function toStream(seed: string, { width, height, lineCount }: StreamSize): Stream {
  const random = randomFrom(seed)
  const radius = height * (0.2 + random() * 0.12)
  const wheels: Wheel[] = [{ x: width * (0.55 + random() * 0.25), y: height * (0.4 + random() * 0.25), radius }]
  if (random() > 0.35)
    wheels.push({ x: width * (0.14 + random() * 0.2), y: height * (0.25 + random() * 0.5), radius: radius * (0.45 + random() * 0.2) })
  const lines = Array.from({ length: lineCount }, (_, index) =>
    traceLine(-height * 0.15 + (index / (lineCount - 1)) * height * 1.3, width, wheels),
  )
  return { wheels, lines }
}

const STILL = 0.16

/**
 * Follows ideal flow past cylinders: uniform stream plus one doublet for each wheel
 * (https://en.wikipedia.org/wiki/Potential_flow_around_a_circular_cylinder).
 */
function traceLine(startY: number, width: number, wheels: readonly Wheel[]): string {
  const step = width / 64
  let x = -step
  let y = startY
  let path = `M${x.toFixed(1)} ${y.toFixed(1)}`
  for (let count = 0; count < 90 && x < width + step; count++) {
    const first = velocity(x, y, wheels)
    const { u, v } = velocity(x + (first.u * step) / 2, y + (first.v * step) / 2, wheels)
    const speed = Math.hypot(u, v)
    // Still water: this line has met a wheel head-on and drives it.
    if (speed < STILL) break
    x += (u / speed) * step
    y += (v / speed) * step
    path += `L${x.toFixed(1)} ${y.toFixed(1)}`
  }
  return path
}

function velocity(x: number, y: number, wheels: readonly Wheel[]): { u: number; v: number } {
  let u = 1
  let v = 0
  for (const wheel of wheels) {
    const dx = x - wheel.x
    const dy = y - wheel.y
    const square = dx * dx + dy * dy
    if (square < (wheel.radius * 1.12) ** 2) return { u: 0, v: 0 }
    // A little more than the wheel's own radius keeps a rim of still water around it.
    const strength = (wheel.radius * 1.16) ** 2 / (square * square)
    u -= strength * (dx * dx - dy * dy)
    v -= strength * 2 * dx * dy
  }
  return { u, v }
}

function randomFrom(seed: string): () => number {
  let state = 2166136261
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619)
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296
  }
}
