// What an app is made of
export { aggregate, type Aggregate, type AggregateDefinition, type DecideContext, type Decision } from './shard/aggregate.ts'
export { cancel, command, event, reject, schedule, type CommandMessage, type Rejection } from './shard/decision.ts'
export {
  ignore,
  projection,
  type Document,
  type EventContext,
  type ListOptions,
  type ModelReader,
  type ModelWriter,
  type Patch,
  type Projection,
  type Query,
  type TableContext,
} from './projection/projection.ts'
export { fragment, tableReader, type Sql, type SqlPart, type TableReader } from './projection/sql.ts'
export type { EffectOptions } from './reactor/effects/effect-options.ts'
export type { ParkedReaction } from './reactor/progress.ts'
export {
  processManager,
  send,
  type ProcessContext,
  type ProcessDecision,
  type ProcessManager,
  type Sending,
  type Sent,
  type Told,
} from './reactor/process-manager.ts'
export type { HistoryOptions } from './projection/history/history-writer.ts'
export { REACTION_MARK } from './reactor/reaction-id.ts'
export { reactor, type GivenUp, type Reaction, type ReactionContext, type Reactor } from './reactor/reactor.ts'
export type { ReactorStatus } from './reactor/reactor-status.ts'
export {
  app,
  type App,
  type CommandInput,
  type CommandName,
  type EventName,
  type EventOf,
  type QueryInput,
  type QueryName,
  type QueryResult,
  type Receipt,
  type ReceiptOf,
  type RejectionCode,
} from './app/app.ts'
export type { Issue, Json, Schema, Schemas } from './schema.ts'

// An app at work
export type { Role } from './app/role.ts'
export { start, type StartOptions } from './app/start.ts'
export type {
  Answer,
  Change,
  Counters,
  DecisionTaken,
  OperatorDecision,
  LiveOptions,
  LiveQuery,
  ParkedCommand,
  ParkedEvent,
  ProjectionStatus,
  QueryOptions,
  Running,
  SendOptions,
  ShardStatus,
  Status,
  TraceStep,
} from './app/running.ts'
export type { Compared, Difference, Rebuilt } from './projection/builds/comparison.ts'
export type { Verification, VerifyOptions, VerifyProgress } from './projection/builds/verify.ts'
export { errorCodes, MillraceError, type ErrorCode } from './errors.ts'

// Positions
export { comparePositions, fromText, furthest, isReached, positionAfter, START, toText, type Position } from './position.ts'

// Ports, for those who write adapters
export {
  recordBytes,
  type Batch,
  type Log,
  type NewCommand,
  type NewRecord,
  type OwnedShard,
  type RecordKind,
  type StoredCommand,
  type UnreadableCommand,
} from './ports/log.ts'
export { createMemoryLog } from './ports/memory-log.ts'
export type { DocumentReader, Entry, List, ReadModel, ReadStore, StoredDocument, StoredReader, Write } from './ports/read-store.ts'
export type { Row, SqlValue, Statement, Table } from './ports/statement.ts'
export type {
  PartitionCommit,
  PartitionFold,
  SharedReadModel,
  SharedReadStore,
  ToldWrites,
  Versioned,
  VersionedEntry,
} from './ports/shared-read-store.ts'
export { createMemoryReadStore } from './ports/memory-read-store.ts'
export { createMemorySharedReadStore, type MemorySharedReadStoreOptions } from './ports/memory-shared-read-store.ts'
export { mergePatch } from './ports/merge-patch.ts'
export type { ShardCheckpoint, ShardCheckpoints } from './ports/shard-checkpoints.ts'
export { systemClock, type Clock } from './ports/clock.ts'
