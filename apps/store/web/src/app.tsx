import type { ReactElement } from 'react'
import { Announcer } from 'app-kit/web/announce/announcer.tsx'
import { FlowDrawer } from 'app-kit/web/flow-drawer/flow-drawer.tsx'
import { ConnectionNote } from 'app-kit/web/shell/connection-note.tsx'
import { skipToMain, useHash } from 'app-kit/web/shell/hash-route.ts'
import { SiteHeader } from 'app-kit/web/shell/site-header.tsx'
import { useCartCount } from './cart/cart-store.ts'
import { CartPage } from './cart/cart-page.tsx'
import { LookUpPage } from './look-up/look-up-page.tsx'
import { MyOrdersPage } from './orders/my-orders-page.tsx'
import { OrderPage } from './orders/order-page.tsx'
import { Footer } from './shell/footer.tsx'
import { toRoute, type Route } from './shell/router.ts'
import { UnknownPage } from './shell/unknown-page.tsx'
import { ShopPage } from './shop/shop-page.tsx'
import { BoardPage } from './staff/board-page.tsx'
import { SearchPage } from './staff/search-page.tsx'
import { StaffOrderPage } from './staff/staff-order-page.tsx'
import { StockPage } from './staff/stock-page.tsx'

export function App(): ReactElement {
  const route = toRoute(useHash())
  const inCart = useCartCount()
  const links = [
    { href: '#/', label: 'Shop', isCurrent: route.page === 'shop' },
    { href: '#/cart', label: inCart === 0 ? 'Cart' : `Cart (${inCart})`, isCurrent: route.page === 'cart' },
    { href: '#/orders', label: 'My orders', isCurrent: route.page === 'orders' || route.page === 'order' },
  ]
  return (
    <>
      <a className="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <SiteHeader name="Goods" links={links} />
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
      <FlowDrawer />
      <Footer />
      <ConnectionNote />
      <Announcer />
    </>
  )
}

function Page({ route }: { readonly route: Route }): ReactElement {
  switch (route.page) {
    case 'shop':
      return <ShopPage />
    case 'cart':
      return <CartPage />
    case 'orders':
      return <MyOrdersPage />
    case 'order':
      return <OrderPage key={route.orderId} orderId={route.orderId} />
    case 'look-up':
      return <LookUpPage />
    case 'board':
      return <BoardPage />
    case 'search':
      return <SearchPage />
    case 'stock':
      return <StockPage />
    case 'staff-order':
      return <StaffOrderPage key={route.orderId} orderId={route.orderId} />
    case 'unknown':
      return <UnknownPage />
  }
}
