/** How a reactor calls the outside. Durations are in milliseconds. */
export interface EffectOptions {
  /** One attempt may take so long (default 10,000); then its `signal` aborts, and it has failed. */
  readonly timeoutMs?: number
  /** How often it is tried before it is given up (default 1). An error with `retriable: false` is given up at once. */
  readonly attempts?: number
  /** The wait before the second attempt (default 200): it doubles with each, up to `maxDelayMs` (default 30,000), less up to half of it. */
  readonly firstDelayMs?: number
  readonly maxDelayMs?: number
  /** How many calls may be under way at once, of each partition (default 64). Waiting for the next attempt is no call. */
  readonly concurrency?: number
  /**
   * After so many failures in a row (default 20), of whatever keys, nothing is called for `cooldownMs` (default 10,000);
   * then one call, and all others once it went well. What waits meanwhile uses up no attempts.
   */
  readonly breakAfter?: number
  readonly cooldownMs?: number
}

const DEFAULTS: Required<EffectOptions> = {
  timeoutMs: 10_000,
  attempts: 1,
  firstDelayMs: 200,
  maxDelayMs: 30_000,
  concurrency: 64,
  breakAfter: 20,
  cooldownMs: 10_000,
}

export const withDefaults = (options: EffectOptions): Required<EffectOptions> => ({ ...DEFAULTS, ...options })

export function requireEffect(where: string, options: EffectOptions): void {
  for (const [name, value] of Object.entries(options) as [keyof EffectOptions, unknown][]) {
    if (!Object.hasOwn(DEFAULTS, name))
      throw new TypeError(`${where}.${name}: there is no such option (known: ${Object.keys(DEFAULTS).join(', ')})`)
    const least = name === 'firstDelayMs' || name === 'maxDelayMs' || name === 'cooldownMs' ? 0 : 1
    if (!Number.isInteger(value) || (value as number) < least)
      throw new TypeError(`${where}.${name}: expected a whole number from ${least}, got ${String(value)}`)
  }
}
