import { MillraceError } from '../../errors.ts'
import type { StoredReader } from '../../ports/read-store.ts'
import { toText } from '../../position.ts'
import type { Query } from '../projection.ts'
import type { AnswerContext } from './answer-context.ts'
import { TrackingReader } from './tracking-reader.ts'

export interface Question {
  /** The query's name and its input. */
  readonly key: string
  readonly query: Query
  readonly input: unknown
}

export interface MakeOptions {
  /** For those who watch: no change may be in it that they are told of later, where telling it again would undo one after it. */
  readonly isExact: boolean
  /** It has been made of several reads, or is a document. */
  readonly isOfOneMoment: boolean
}

export interface Made extends MakeOptions {
  readonly result: unknown
  readonly json: string
  /** Told of commits until it is taken out of `making`. */
  readonly reader: TrackingReader
  /** How far the read model was, where it was kept still meanwhile; else as far as when the work began, or a little further. */
  readonly position: string | undefined
}

/** Runs a query against the read model as it stands, and once more with the read model kept still where that may be needed. */
export async function makeAnswer(answers: AnswerContext, question: Question, options: MakeOptions): Promise<Made> {
  if (answers.ended !== undefined) throw answers.ended
  const { checkpoint } = answers
  const made = await run(answers, question, answers.model)
  const { reader } = made
  // One read is of one commit; one under way shows nothing yet. Several fit each other only if no commit came between them,
  // and a document that holds what several commits changed must not be followed by the patch of the first of them.
  const mayBeAhead = answers.isShared || answers.checkpoint !== checkpoint
  const isOfOneMoment = options.isOfOneMoment || reader.reads > 1 || reader.keyOf(made.result) !== undefined
  if (!mayBeAhead || (reader.reads <= 1 && !(options.isExact && isOfOneMoment)))
    return { ...made, position: undefined, isOfOneMoment, isExact: !mayBeAhead || !isOfOneMoment }
  answers.making.delete(reader)
  return answers.still(async (model, position) => ({
    ...(await run(answers, question, model)),
    position: toText(position),
    isOfOneMoment,
    isExact: true,
  }))
}

async function run(
  { making }: AnswerContext,
  { key, query, input }: Question,
  model: StoredReader,
): Promise<Pick<Made, 'result' | 'json' | 'reader'>> {
  const reader = new TrackingReader(model)
  making.add(reader)
  try {
    const result = await query.answer(input as never, reader as never)
    return { result, json: JSON.stringify(result ?? null), reader }
  } catch (error) {
    making.delete(reader)
    throw error instanceof MillraceError && error.code !== 'STATEMENT_REFUSED'
      ? error
      : new MillraceError('QUERY_FAILED', `query ${key.slice(0, key.indexOf(' '))} could not be answered: ${String(error)}`, {
          cause: error,
        })
  }
}
