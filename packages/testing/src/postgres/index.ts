export { openPostgresServer, type PostgresServer, type PostgresServerOptions } from './postgres-server.ts'
export { postgresForTests, sharePostgres, type PostgresForTests, type TestDatabase } from './postgres-for-tests.ts'
