import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Ticks of /proc: 100 a second on every Linux there is. */
const TICK_MS = 10

/** Milliseconds all threads of a process of ours have run so far. The same measure for Node and for Java. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may hold anything: fields 14 and 15 of proc(5) are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Lets all threads of a process run on this core alone. Of util-linux: on every Linux there is. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' })
}

/** Resident memory of a process of ours, in bytes. */
export function residentBytes(pid: number): number {
  const [, kibibytes = ''] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1_024
}
