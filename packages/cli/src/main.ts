#!/usr/bin/env node
import { runCli } from './run-cli.ts'

const { stdout, stderr } = process
process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => void stdout.write(text),
  error: (text) => void stderr.write(text),
  isInteractive: stderr.isTTY,
  columns: stderr.columns,
})
