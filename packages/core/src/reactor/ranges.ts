/** Offsets from the first number to before the second. */
export type Range = readonly [from: number, before: number]

export const isWithin = (ranges: readonly Range[], offset: number): boolean =>
  ranges.some(([from, before]) => from <= offset && offset < before)

/** What of them lies from `from` to before `before`. */
export const clip = (ranges: readonly Range[], from: number, before: number): readonly Range[] =>
  ranges.map((each): Range => [Math.max(each[0], from), Math.min(each[1], before)]).filter(([first, end]) => first < end)

export const intersection = (ranges: readonly Range[], others: readonly Range[]): readonly Range[] =>
  ranges.flatMap(([from, before]) => clip(others, from, before))

/** In order, those that overlap or touch as one; and so many at most: then those with the smallest gaps between them are one too. */
export function merged(ranges: readonly Range[], most: number = Infinity): readonly Range[] {
  const all: [from: number, before: number][] = []
  for (const [from, before] of ranges.toSorted(([one], [other]) => one - other)) {
    const last = all.at(-1)
    if (last === undefined || last[1] < from) all.push([from, before])
    else last[1] = Math.max(last[1], before)
  }
  while (all.length > most) {
    const gapBefore = (at: number): number => all[at]![0] - all[at - 1]![1]
    let smallest = 1
    for (let at = 2; at < all.length; at++) if (gapBefore(at) < gapBefore(smallest)) smallest = at
    all[smallest - 1]![1] = all[smallest]![1]
    all.splice(smallest, 1)
  }
  return all
}

/** How many offsets. */
export const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, [from, before]) => sum + before - from, 0)
