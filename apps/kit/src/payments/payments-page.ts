import type { Entry, Ledger } from './ledger.ts'
import { MOODS, type Mood } from './mood.ts'

/** Entries the page shows: the latest. */
const MOST_ROWS = 200

const STYLE = `
:root { color-scheme: light dark; --line: #c9ccd3; --good: #17694a; --bad: #a8321a }
@media (prefers-color-scheme: dark) { :root { --line: #444a57; --good: #7fd8ac; --bad: #ffa48d } }
html { background: Canvas; color: CanvasText }
body { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; font: 1rem/1.5 system-ui, sans-serif }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 }
button { min-height: 2.75rem; padding: .4rem .9rem; border: 1.5px solid var(--line); border-radius: 6px; font: inherit; cursor: pointer }
button[aria-pressed=true] { font-weight: 700; border-color: currentcolor; box-shadow: inset 0 -3px 0 currentcolor }
.scroll { overflow-x: auto }
table { width: 100%; border-collapse: collapse } th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums } .captured { color: var(--good) } .declined { color: var(--bad) }
code { font-size: .875rem }`

const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
const euros = (cents: number): string => `${(cents / 100).toFixed(2)} €`

/** The provider's own page: how it treats charges, and its books. */
export function paymentsPage(ledger: Ledger, mood: Mood): string {
  const entries = ledger.entries()
  const repeats = entries.reduce((sum, { asked }) => sum + Math.max(0, asked - 1), 0)
  const buttons = Object.entries(MOODS)
    .map(([name, label]) => `<button name="mood" value="${name}" aria-pressed="${name === mood}">${escape(label)}</button>`)
    .join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fake payments</title><style>${STYLE}</style></head>
<body><main>
<h1>Fake payments</h1>
<p>No money moves here. What should become of the next charges?</p>
<form method="post" action="/mood">${buttons}</form>
<p>Holds <strong>${euros(ledger.balanceCents())}</strong>. ${entries.length} effects, and ${repeats} repeats that had none.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Books"><table>
<thead><tr><th scope="col">Key</th><th scope="col">What</th><th scope="col" class="number">Amount</th><th scope="col">Came of it</th><th scope="col" class="number">Asked</th></tr></thead>
<tbody>${entries.slice(0, MOST_ROWS).map(row).join('\n')}</tbody>
</table></div>
</main></body></html>`
}

const row = ({ key, kind, amountCents, status, asked, method }: Entry): string =>
  `<tr><td><code>${escape(key)}</code></td><td>${kind}${method === undefined ? '' : `, ${escape(method)}`}</td><td class="number">${euros(amountCents)}</td><td class="${status}">${status}</td><td class="number">${asked}</td></tr>`
