/** `npm start`: the box office, opened from the command line. */
import { runMain } from 'app-kit/main'
import { inProcessPayments } from 'app-kit/payments'
import { arena, theatre } from './demo/demo-shows.ts'
import { page } from './page.ts'
import { runTickets } from './run-tickets.ts'
import { settingsHelp, toSettings, type Settings } from './settings.ts'

await runMain<Settings>({
  name: 'tickets',
  script: 'npm start',
  help: (settings) => `Millrace Tickets: book seats on a live map, served from this machine.

  npm start                   open the box office
  npm start -- --help         this text

Settings, from the environment:
  name                    default        meaning
${settings}

With the app open, in another terminal:
  npm run load -- --help      simulated users, and a verdict from the log
`,
  settingsHelp,
  toSettings,
  page,
  open: ({ host, port, holdMs, isDemo }, opened) =>
    runTickets({
      ...opened,
      payments: inProcessPayments(),
      host,
      port,
      isDemo,
      shows: isDemo ? [theatre(Date.now(), holdMs), arena(Date.now(), holdMs)] : [],
    }),
  banner: (url, { isDemo }, { log, models }) => `
  Millrace Tickets is open:  ${url}

  Log           ${log}
  Read models   ${models}
  API           ${url}/docs

  Try           open it in two windows and go for the same seat
${isDemo ? '                send in the crowd, from the page of a show\n                npm run load -- --users 500 --seconds 20\n' : ''}
  Ctrl-C stops it.
`,
})
