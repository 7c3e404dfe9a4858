import type { ReactElement } from 'react'
import type { Order } from '../api/client.ts'
import { formatClock } from './format-time.ts'
import { stepWords } from './order-words.ts'

/** What happened, the latest first. Grows while it is looked at. */
export function Timeline({ steps }: { readonly steps: Order['timeline'] }): ReactElement {
  return (
    <section className="panel order-history" aria-labelledby="history-title">
      <h2 id="history-title">What happened</h2>
      <ol className="timeline">
        {steps
          .map((step, at) => ({ step, at, words: stepWords(step) }))
          .reverse()
          .map(({ step, at, words }) => (
            <li key={at} data-what={step.what}>
              <time dateTime={new Date(step.atMs).toISOString()}>{formatClock(step.atMs)}</time>
              <span>
                <strong>{words.title}</strong>
                {words.text !== undefined && <span className="hint">{words.text}</span>}
              </span>
            </li>
          ))}
      </ol>
    </section>
  )
}
