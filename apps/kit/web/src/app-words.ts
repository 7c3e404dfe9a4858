/** What the shared parts of a page call things. Set once, before the first paint. */
export interface AppWords {
  /** The title of every page ends with it. */
  readonly name: string
  /** Who answers: "The box office". */
  readonly server: string
  /** What a command's shard owns: "this show". */
  readonly aggregate: string
  /** What may have changed while the connection was lost: "Seats". */
  readonly things: string
  /** Where "How it works" has nothing to show yet. */
  readonly invitation: string
}

let words: AppWords = { name: 'Millrace', server: 'The server', aggregate: 'the aggregate', things: 'Things', invitation: '' }

export const appWords = (): AppWords => words
export function setAppWords(to: AppWords): void {
  words = to
}
