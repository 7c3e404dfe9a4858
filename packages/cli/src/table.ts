/** Rows under their headings, aligned. Columns whose heading begins with `>` are aligned on the right, without it. */
export function toTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings.map((each) => each.replace(/^>/, '')), ...rows.map((cells) => cells.map(printable))]
  const widths = headings.map((_, at) => Math.max(...lines.map((cells) => cells[at]!.length)))
  const align = (cell: string, at: number): string =>
    headings[at]!.startsWith('>') ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)
  return `${lines.map((cells) => cells.map(align).join('  ').trimEnd()).join('\n')}\n`
}

/** In one line, and nothing in it that moves a terminal's cursor: keys and reasons are what others wrote. */
const printable = (text: string): string => text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '\ufffd')
