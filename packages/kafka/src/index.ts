export { openKafkaLog } from './open-kafka-log.ts'
export type { KafkaLogOptions } from './options.ts'
export { kafkaVariables, toBrokers, toKafkaOptions } from './settings.ts'
