import type { ReactElement } from 'react'

/** The wheel in the race. Decoration: the name stands beside it. */
export function LogoMark(): ReactElement {
  return (
    <svg className="logo-mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <g className="logo-wheel" fill="none" strokeWidth="2.4">
        <circle cx="20" cy="17" r="8.500" />
        <path d="M20 4v26M7 17h26M10.800 7.800l18.400 18.400M29.200 7.800 10.800 26.200" strokeLinecap="round" />
      </g>
      <path className="logo-water" d="M2 34c6-5 12-5 18 0s12 5 18 0" fill="none" strokeWidth="3" strokeLinecap="round" />
    </svg>
  )
}
