import { useEffect, useState, type ReactElement } from 'react'

const KEY = 'millrace.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

function currentTheme(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset['theme']
  if (chosen === 'light' || chosen === 'dark') return chosen
  return dark.matches ? 'dark' : 'light'
}

export function ThemeToggle(): ReactElement {
  const [theme, setTheme] = useState(currentTheme)
  useEffect(() => {
    const onChange = (): void => setTheme(currentTheme())
    dark.addEventListener('change', onChange)
    return () => dark.removeEventListener('change', onChange)
  }, [])
  const other = theme === 'dark' ? 'light' : 'dark'
  const change = (): void => {
    document.documentElement.dataset['theme'] = other
    setTheme(other)
    try {
      localStorage.setItem(KEY, other)
    } catch {
      // Storage refused: the choice lasts until the page is left.
    }
  }
  return (
    <button type="button" className="icon-button" onClick={change} aria-label={`Switch to ${other} colours`}>
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" strokeWidth="2" />
        <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
      </svg>
    </button>
  )
}
