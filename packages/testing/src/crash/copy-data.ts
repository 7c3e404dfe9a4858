import { cp, lstat } from 'node:fs/promises'

/** Copies what a killed process left of its data directory: all but its sockets, at which nobody listens any more. */
export async function copyData(directory: string, copy: string): Promise<void> {
  await cp(directory, copy, { recursive: true, filter: async (source) => !(await lstat(source)).isSocket() })
}
