import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readServerClock } from 'app-kit/web/api/server-clock.ts'
import { setAppWords } from 'app-kit/web/app-words.ts'
import { readAbout } from './api/about.ts'
import { App } from './app.tsx'
import './styles/tokens.css'
import 'app-kit/web/styles/base.css'
import 'app-kit/web/styles/controls.css'
import 'app-kit/web/styles/shell.css'
import './styles/store.css'

setAppWords({
  name: 'Millrace Goods',
  server: 'The shop',
  aggregate: 'this order or product',
  things: 'Stock and orders',
  invitation:
    'Place an order, and this drawer follows your command: from the click to the one decision, into the log, and out to every read model and every open page.',
})
const root = document.getElementById('root')
if (!root) throw new TypeError('index.html has no element with id "root"')
void readServerClock()
void readAbout()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
