export { openKafkaLog } from './open-kafka-log.ts'
export type { KafkaLogOptions } from './options.ts'
