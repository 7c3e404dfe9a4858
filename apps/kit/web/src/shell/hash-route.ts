import { useEffect, useState, type MouseEvent } from 'react'
import { noteNavigation } from './page.tsx'

/** The hash of the address, which is the route: it changes with the browser's own buttons too. */
export function useHash(): string {
  const [hash, setHash] = useState(window.location.hash)
  useEffect(() => {
    const onChange = (): void => {
      noteNavigation()
      setHash(window.location.hash)
      window.scrollTo(0, 0)
    }
    window.addEventListener('hashchange', onChange)
    return () => window.removeEventListener('hashchange', onChange)
  }, [])
  return hash
}

/** For the link in front of everything: the hash is the route, so the browser's own jump would leave the page. */
export function skipToMain(event: MouseEvent): void {
  event.preventDefault()
  const main = document.getElementById('main')
  main?.focus()
  main?.scrollIntoView()
}
