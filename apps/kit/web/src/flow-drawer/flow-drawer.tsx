import { useEffect, useRef, type ReactElement } from 'react'
import { appWords } from '../app-words.ts'
import { useStore } from '../shell/store.ts'
import { drawerOpen } from './drawer-store.ts'
import { lastFlow, type Flow } from './flow-store.ts'
import { formatMs, toTimeline } from './flow-timeline.ts'
import { useTrace } from './use-trace.ts'
import './flow-drawer.css'

/** The way of the last command, from the click to every read model. Stays open beside the page. */
export function FlowDrawer(): ReactElement {
  const open = useStore(drawerOpen)
  const close = useRef<HTMLButtonElement>(null)
  const opener = useRef<Element | null>(null)
  useEffect(() => {
    if (!open) return undefined
    opener.current = document.activeElement
    close.current?.focus({ preventScroll: true })
    return () => {
      if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true })
    }
  }, [open])
  return (
    <aside
      id="flow-drawer"
      className="drawer"
      aria-label="How it works"
      hidden={!open}
      onKeyDown={(event) => {
        if (event.key === 'Escape') drawerOpen.set(false)
      }}
    >
      <div className="drawer-head">
        <h2>How it works</h2>
        <button ref={close} type="button" className="icon-button" aria-label="Close" onClick={() => drawerOpen.set(false)}>
          <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d="M6 6l12 12M18 6 6 18" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />
          </svg>
        </button>
      </div>
      {open && <LastCommand />}
    </aside>
  )
}

function LastCommand(): ReactElement {
  const flow = useStore(lastFlow)
  if (!flow) {
    return <p className="drawer-empty">{appWords().invitation}</p>
  }
  return <FlowLine flow={flow} />
}

function FlowLine({ flow }: { readonly flow: Flow }): ReactElement {
  const trace = useTrace(flow, true)
  const steps = toTimeline(flow, trace)
  const endMs = Math.max(1, ...steps.map((step) => step.atMs))
  return (
    <div className="flow">
      <p className="flow-title">
        <strong>{flow.type}</strong>
        <span className={`badge badge-${flow.outcome ?? 'waiting'}`}>{flow.outcome ?? 'on its way'}</span>
      </p>
      <ol className="flow-steps">
        {steps.map((step) => (
          <li key={step.name} className={`flow-step flow-${step.where}`}>
            <span className="flow-name">{step.name}</span>
            <span className="flow-ms">{formatMs(step.atMs)} ms</span>
            <span className="flow-what">{step.what}</span>
            <span className="flow-bar" aria-hidden="true">
              <span style={{ left: `${(step.atMs / endMs) * 100}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {flow.answeredAtMs !== undefined && !trace && (
        <p className="hint">The server keeps the steps of recent commands only; waiting for them.</p>
      )}
      <p className="flow-id">
        Command {flow.commandId}
        {flow.position !== undefined && <>, position {flow.position}</>}
      </p>
    </div>
  )
}
