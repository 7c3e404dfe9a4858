import type { ReactElement } from 'react'
import { DRAWINGS } from './drawings.tsx'
import './pictures.css'

/** A product's picture. Decoration: its name stands beside it. What has no drawing comes as a parcel. */
export function ProductPicture({ picture, category, small = false }: { picture: string; category: string; small?: boolean }): ReactElement {
  const Drawing = (Object.hasOwn(DRAWINGS, picture) ? DRAWINGS[picture] : undefined) ?? DRAWINGS['parcel']!
  return (
    <svg
      className={small ? 'picture picture-small' : 'picture'}
      data-category={category.toLowerCase()}
      viewBox="0 0 200 150"
      aria-hidden="true"
      focusable="false"
    >
      <rect className="picture-wall" width="200" height="150" />
      <rect className="picture-ground" y="122" width="200" height="28" />
      <ellipse className="picture-shadow" cx="100" cy="124" rx="62" ry="6" />
      <Drawing />
    </svg>
  )
}
