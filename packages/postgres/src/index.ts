export { openPostgresReadStore, type PostgresReadStoreOptions } from './open-postgres-read-store.ts'
