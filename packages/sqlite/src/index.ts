export { openSqliteCheckpoints } from './checkpoints/open-sqlite-checkpoints.ts'
export { openSqliteLog, type SqliteLogOptions } from './log/open-sqlite-log.ts'
export { openSqliteReadStore, type SqliteReadStoreOptions } from './read-store/open-sqlite-read-store.ts'
export { openTemporarySqliteReadStore } from './read-store/open-temporary-sqlite-read-store.ts'
