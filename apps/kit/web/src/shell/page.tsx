import { useEffect, useRef, type ReactElement, type ReactNode } from 'react'
import { appWords } from '../app-words.ts'

/** Every page has one: sets the window title and takes the focus when the route changes. */
export function PageTitle({ children, title, className }: { children?: ReactNode; title: string; className?: string }): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${appWords().name}`
  }, [title])
  useEffect(() => {
    if (navigated) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children ?? title}
    </h1>
  )
}

let navigated = false
/** The first page keeps the browser's own focus, so that the skip link comes first. */
export const noteNavigation = (): void => {
  navigated = true
}

export function Notice({ tone, children, role }: { tone: 'bad' | 'good' | 'plain'; children: ReactNode; role?: 'alert' }): ReactElement {
  return (
    <div className={`notice notice-${tone}`} role={role}>
      {children}
    </div>
  )
}

export function FailedState({ message, retry }: { message: string; retry(): void }): ReactElement {
  return (
    <div className="empty-state">
      <p className="empty-title">{appWords().server} didn’t answer</p>
      <p>{message}</p>
      <button type="button" className="button button-primary" onClick={retry}>
        Try again
      </button>
    </div>
  )
}
