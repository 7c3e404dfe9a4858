export { openKafkaCluster, type KafkaBroker, type KafkaCluster, type KafkaClusterOptions } from './kafka-cluster.ts'
export { kafkaForTests, type KafkaForTests } from './kafka-for-tests.ts'
export { kafkaClassPath, whyNoJava } from './kafka-jars.ts'
