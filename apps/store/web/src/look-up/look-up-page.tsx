import { useState, type SubmitEvent, type ReactElement } from 'react'
import { Notice, PageTitle } from 'app-kit/web/shell/page.tsx'
import { messageOf, postJson } from '../api/post-json.ts'
import { orderLink } from '../shell/router.ts'
import '../orders/orders.css'

export function LookUpPage(): ReactElement {
  const [number, setNumber] = useState('')
  const [email, setEmail] = useState('')
  const [problem, setProblem] = useState<string>()

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setProblem(undefined)
    try {
      const answered = await postJson('/guests/look-up', { number, email })
      const { orderId } = answered.body
      if (answered.status === 200 && typeof orderId === 'string') window.location.hash = orderLink(orderId)
      else setProblem(messageOf(answered))
    } catch {
      setProblem('The shop cannot be reached. Please try again.')
    }
  }

  return (
    <div className="page">
      <form className="panel look-up" aria-label="Find an order" onSubmit={(event) => void submit(event)}>
        <PageTitle title="Find an order" />
        <p>You need its number, and the e-mail address that it was placed with.</p>
        <div className="field">
          <label htmlFor="look-up-number">Order number</label>
          <input
            id="look-up-number"
            required
            placeholder="MR-4K7Q-9XWD"
            autoComplete="off"
            value={number}
            onChange={(event) => setNumber(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="look-up-email">E-mail address</label>
          <input
            id="look-up-email"
            type="email"
            required
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </div>
        {problem !== undefined && (
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        )}
        <button type="submit" className="button button-primary">
          Find it
        </button>
      </form>
    </div>
  )
}
