import { useState, type SubmitEvent, type ReactElement, type ReactNode } from 'react'
import { Notice, PageTitle } from 'app-kit/web/shell/page.tsx'
import { readAbout, useAbout } from '../api/about.ts'
import { messageOf, postJson } from '../api/post-json.ts'
import { setStaffName, staffName } from '../shell/identity.ts'
import '../orders/orders.css'
import './staff.css'

const PAGES = [
  { href: '#/staff', label: 'Board' },
  { href: '#/staff/orders', label: 'All orders' },
  { href: '#/staff/stock', label: 'Stock' },
]

interface StaffFrameProps {
  readonly title: string
  readonly current: string
  readonly children: ReactNode
}

/** Around every page of the staff's: signed in, and with a name that colleagues know. */
export function StaffFrame({ title, current, children }: StaffFrameProps): ReactElement {
  const about = useAbout()
  const [name, setName] = useState(staffName)
  if (about === undefined) return <div className="page skeleton order-waiting" aria-busy="true" />
  if (!about.isStaff) return <SignIn />
  return (
    <div className="page">
      <div className="staff-head">
        <PageTitle title={title} />
        <nav aria-label="Staff">
          {PAGES.map(({ href, label }) => (
            <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div className="field staff-name">
          <label htmlFor="staff-name">Your name</label>
          <input
            id="staff-name"
            maxLength={60}
            autoComplete="given-name"
            placeholder="Somebody"
            value={name}
            onChange={(event) => {
              setName(event.target.value)
              setStaffName(event.target.value.trim())
            }}
          />
        </div>
      </div>
      {children}
    </div>
  )
}

function SignIn(): ReactElement {
  const [key, setKey] = useState('')
  const [problem, setProblem] = useState<string>()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    try {
      const answered = await postJson('/staff/sign-in', { key })
      if (answered.status === 200) await readAbout()
      else setProblem(messageOf(answered))
    } catch {
      setProblem('The shop cannot be reached. Please try again.')
    }
  }
  return (
    <div className="page">
      <form className="panel look-up" aria-label="Staff" onSubmit={(event) => void submit(event)}>
        <PageTitle title="For staff" />
        <div className="field">
          <label htmlFor="staff-key">Key</label>
          <input
            id="staff-key"
            type="password"
            required
            autoComplete="current-password"
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </div>
        {problem !== undefined && (
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        )}
        <button type="submit" className="button button-primary">
          Sign in
        </button>
      </form>
    </div>
  )
}

/** As commands name who did it. */
export const whoIsIt = (): string => (staffName() === '' ? 'Somebody' : staffName())
