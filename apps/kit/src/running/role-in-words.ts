import type { Role } from '@millrace/core'

const words: Readonly<Record<Role, string>> = {
  all: 'all: decides commands and answers queries',
  write: 'write: decides commands; queries and the page are for instances that read',
  read: 'read: answers queries, and passes commands on through the log',
}

export const roleInWords = (role: Role): string => words[role]
