/** A position is one or more `<partition>-<offset>` marks. True when `seen` stands at or behind every mark of `wanted` it shares. */
export function reaches(seen: string, wanted: string): boolean {
  const marks = new Map(toMarks(seen))
  const shared = toMarks(wanted).filter(([partition]) => marks.has(partition))
  return shared.length > 0 && shared.every(([partition, offset]) => (marks.get(partition) ?? -1) >= offset)
}

function toMarks(position: string): [string, number][] {
  return position
    .split(/[,;.\s]+/)
    .map((mark): [string, number] => [mark.slice(0, mark.lastIndexOf('-')), Number(mark.slice(mark.lastIndexOf('-') + 1))])
    .filter(([partition, offset]) => partition !== '' && Number.isFinite(offset))
}
