import { join } from 'node:path'

/** Where scripts leave what they measured, as JSON. */
export const RESULTS = join(import.meta.dirname, '../../results')

/** One figure that was promised. */
export interface Check {
  readonly what: string
  readonly measured: number
  readonly unit: string
  readonly target: number
  readonly is: 'at least' | 'at most'
}

export interface Measured {
  /** How many times each was measured; figures are medians of them unless a row says otherwise. */
  readonly rounds: number
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly checks: readonly Check[]
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[]
  /** Everything that was measured. */
  readonly raw: unknown
}

export interface Result extends Measured {
  readonly claim: string
  readonly title: string
  readonly isQuick: boolean
  readonly at: string
  readonly seconds: number
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
}

export const isReached = ({ measured, target, is }: Check): boolean => (is === 'at least' ? measured >= target : measured <= target)
