#!/usr/bin/env node
import { runCli } from './run-cli.ts'
import type { Terminal } from './terminal.ts'

const { stdout, stderr } = process
const terminal: Terminal = {
  out: (text) => void stdout.write(text),
  error: (text) => void stderr.write(text),
  isInteractive: stderr.isTTY,
  // A terminal that does not know its width says 0.
  columns: stderr.columns > 0 ? stderr.columns : undefined,
}
process.exitCode = await runCli(process.argv.slice(2), terminal, process.env)
