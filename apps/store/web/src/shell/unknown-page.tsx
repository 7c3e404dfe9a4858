import type { ReactElement } from 'react'
import { PageTitle } from 'app-kit/web/shell/page.tsx'

export function UnknownPage({ what = 'page' }: { readonly what?: string }): ReactElement {
  return (
    <div className="page">
      <div className="empty-state">
        <PageTitle title={`There is no such ${what}`} className="empty-title" />
        <p>The link may be old or cut short.</p>
        <a className="button button-primary" href={what === 'order' ? '#/look-up' : '#/'}>
          {what === 'order' ? 'Find your order' : 'To the shop'}
        </a>
      </div>
    </div>
  )
}
