/**
 * Documents whose keys begin so are the read model's own: what it keeps beside what its handlers wrote, in the same commits.
 * No other key comes after those.
 */
export const RESERVED = '\uffff'

export const isReserved = (key: string): boolean => key.charCodeAt(0) === 0xffff

/** Entries without those that are the read model's own: they are the last. */
export const unreserved = <E extends { readonly key: string }>(entries: readonly E[]): readonly E[] =>
  entries.length > 0 && isReserved(entries.at(-1)!.key) ? entries.filter(({ key }) => !isReserved(key)) : entries

export function requireUnreserved(key: string): void {
  if (isReserved(key)) throw new TypeError(String.raw`a document's key may not begin with \uffff: those that do are the read model's own`)
}
