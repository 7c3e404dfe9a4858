import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readServerClock } from './api/server-clock.ts'
import { App } from './app.tsx'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './shell/shell.css'
import './styles/print.css'

const root = document.getElementById('root')
if (!root) throw new TypeError('index.html has no element with id "root"')
void readServerClock()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
