/** A record of the log as `GET /demo/log` gives it. */
export interface LogLine {
  readonly offset: number
  readonly kind: string
  readonly type: string
  readonly key: string
  readonly timeMs: number
  readonly commandId: string
  readonly index: number
  readonly data: unknown
}

/** Lines of text as records. A line may come in several chunks. */
export async function* toLines(chunks: AsyncIterable<string>): AsyncGenerator<LogLine> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line) as LogLine
  }
  if (rest !== '') throw new Error(`the log ends in the middle of a record: ${rest.slice(0, 80)}`)
}
