import { useMemo, type ReactElement } from 'react'
import { toStream, type Wheel } from './streamlines.ts'
import './poster.css'

interface PosterProps {
  readonly seed: string
  readonly width?: number
  readonly height?: number
  readonly lines?: number
}

/** Decoration only: the stream of one show. */
export function Poster({ seed, width = 600, height = 240, lines = 26 }: PosterProps): ReactElement {
  const stream = useMemo(() => toStream(seed, { width, height, lineCount: lines }), [seed, width, height, lines])
  return (
    <svg className="poster" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
      {stream.lines.map((line, index) => (
        <path key={index} d={line} className={index % 5 === 2 ? 'poster-line poster-glint' : 'poster-line'} />
      ))}
      {stream.wheels.map((wheel) => (
        <WheelMark key={wheel.x} wheel={wheel} />
      ))}
    </svg>
  )
}

function WheelMark({ wheel: { x, y, radius } }: { readonly wheel: Wheel }): ReactElement {
  const paddles = Array.from({ length: 8 }, (_, index) => (index * Math.PI) / 4)
  return (
    <g transform={`translate(${x} ${y})`}>
      <g className="poster-wheel">
        <circle r={radius * 0.84} />
        <circle r={radius * 0.2} />
        {paddles.map((turn) => (
          <line
            key={turn}
            x1={Math.cos(turn) * radius * 0.2}
            y1={Math.sin(turn) * radius * 0.2}
            x2={Math.cos(turn) * radius}
            y2={Math.sin(turn) * radius}
          />
        ))}
      </g>
    </g>
  )
}
