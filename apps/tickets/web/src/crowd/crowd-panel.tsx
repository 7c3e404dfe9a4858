import { useEffect, useState, type ReactElement } from 'react'
import { formatCount } from 'app-kit/web/shell/format.ts'
import { readCrowd, startCrowd, stopCrowd, type Crowd } from './crowd-api.ts'

const BUYERS = 300
const ASK_MS = 1_000

/** A few hundred simulated buyers on the server, to watch the map under load. */
export function CrowdPanel({ showId }: { readonly showId: string }): ReactElement {
  const [crowd, setCrowd] = useState<Crowd>()
  const [failed, setFailed] = useState(false)
  const running = crowd?.running ?? false
  useEffect(() => {
    let current = true
    const ask = (): void => void readCrowd().then((next) => current && next && setCrowd(next))
    ask()
    const timer = running ? setInterval(ask, ASK_MS) : undefined
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [running])
  const toggle = async (): Promise<void> => {
    const done = running ? await stopCrowd() : await startCrowd(showId, BUYERS)
    setFailed(!done)
    if (done) setCrowd({ ...(crowd ?? { buyers: BUYERS, sent: 0, accepted: 0, rejected: 0 }), running: !running })
  }
  return (
    <section className="panel crowd" aria-labelledby="crowd-title">
      <h2 id="crowd-title">Let a crowd in</h2>
      <p>{BUYERS} simulated buyers go for the same seats. Each decision is still made one by one: no seat is ever sold twice.</p>
      <button type="button" className="button" aria-pressed={running} onClick={() => void toggle()}>
        {running ? 'Send the crowd home' : `Send in ${BUYERS} buyers`}
      </button>
      {failed && <p className="field-error">This server has no crowd to send.</p>}
      <dl className="figures">
        {(
          [
            ['Buyers', crowd?.buyers],
            ['Sent', crowd?.sent],
            ['Accepted', crowd?.accepted],
            ['Refused', crowd?.rejected],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === undefined ? '–' : formatCount(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
