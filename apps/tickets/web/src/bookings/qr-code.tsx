import { useMemo, type ReactElement } from 'react'
import { encode } from 'uqr'

/** Always dark on white, in both themes and in print: scanners want it so. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: 2 })
    let modules = ''
    code.data.forEach((row, y) =>
      row.forEach((dark, x) => {
        if (dark) modules += `M${x} ${y}h1v1h-1z`
      }),
    )
    return { size: code.size, path: modules }
  }, [text])
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#06222a" />
    </svg>
  )
}
