/** The canvas knows no CSS, so it reads the theme's colours once per theme. */
export interface Palette {
  readonly floor: string
  readonly block: string
  readonly blockEdge: string
  readonly ink: string
  readonly muted: string
  readonly faint: string
  readonly yours: string
  readonly onYours: string
  readonly stage: string
  readonly onStage: string
  readonly zones: readonly string[]
  readonly onZone: string
  readonly font: string
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return {
    floor: read('--map-floor'),
    block: read('--map-block'),
    blockEdge: read('--map-edge'),
    ink: read('--ink'),
    muted: read('--seat-held'),
    faint: read('--seat-sold'),
    yours: read('--yours'),
    onYours: read('--on-yours'),
    stage: read('--stage'),
    onStage: read('--on-stage'),
    zones: [0, 1, 2, 3, 4, 5].map((zone) => read(`--zone-${zone}`)),
    onZone: read('--on-zone'),
    font: read('--display'),
  }
}

/** Calls back when the theme changes, by the system or by the page's switch. */
export function onThemeChange(listener: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  dark.addEventListener('change', listener)
  return () => {
    observer.disconnect()
    dark.removeEventListener('change', listener)
  }
}
