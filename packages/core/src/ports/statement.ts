/** What a statement takes, and what a row holds. A number is finite; a bigint fits 64 bits. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array

/** SQL with its values: one comes between each two of `texts`, which are the author's own words and never input. */
export interface Statement {
  readonly texts: readonly string[]
  /** One fewer than `texts`. A number without a fraction is an integer. */
  readonly values: readonly SqlValue[]
}

/**
 * By column, the same from every store: text as a string; an integer as a number, or as a bigint where that would not
 * be exact; a floating-point number as a number; a column declared `boolean` as a boolean; bytes as a `Uint8Array`. All
 * other types (in PostgreSQL: `numeric`, `timestamptz`, `jsonb` …) come as their text.
 */
export type Row = Readonly<Record<string, SqlValue>>

/** A table of a read model's own. */
export interface Table {
  readonly name: string
  /** The columns of its primary key, in their order there; none where it has no primary key. */
  readonly key: readonly string[]
}
