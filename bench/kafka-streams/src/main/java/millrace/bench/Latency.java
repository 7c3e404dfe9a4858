package millrace.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;

/**
 * Sends {@code --per-second} commands a second for {@code --seconds} and reads their answers: milliseconds from just before
 * a command was given to the producer until its answer was in the hands of the consumer. Both clients are in this process, so
 * it is one clock. An open loop: a slow answer holds nothing up. The first {@code --warmup-seconds} are not counted.
 */
public final class Latency {
    private static final long LATE_ANSWERS_MS = 10_000;

    private final String bootstrap;
    private final String app;
    private final long seed;
    private final int perSecond;
    private final int warmup;
    private final int total;
    private final AtomicLongArray sentNs;
    private final long[] readNs;
    private volatile long waitUntilMs = Long.MAX_VALUE;
    private volatile Throwable failure;

    private Latency(Options options) {
        bootstrap = options.text("bootstrap");
        app = options.text("app");
        seed = options.number("seed", 2);
        perSecond = options.number("per-second", 200);
        warmup = perSecond * options.number("warmup-seconds", 2);
        total = warmup + perSecond * options.number("seconds", 10);
        sentNs = new AtomicLongArray(total);
        readNs = new long[total];
    }

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, "bootstrap", "app", "per-second", "seconds", "warmup-seconds", "aggregates", "seed");
        Latency latency = new Latency(options);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(latency.bootstrap, 500)) {
            List<TopicPartition> partitions = consumer.partitionsFor(Wire.eventsOf(latency.app)).stream()
                    .map((each) -> new TopicPartition(each.topic(), each.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            Thread reader = new Thread(() -> latency.read(consumer), "reader");
            reader.setUncaughtExceptionHandler((thread, error) -> latency.failure = error);
            reader.start();
            double lateMs = latency.send(options.number("aggregates", 100_000));
            reader.join();
            if (latency.failure != null) throw new IllegalStateException(latency.failure);
            latency.report(lateMs);
        }
    }

    /** Returns by how much, at the 99th percentile, commands were sent later than they were due. */
    private double send(int aggregates) {
        Commands commands = new Commands(app, seed, aggregates);
        double[] lateMs = new double[total - warmup];
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, 0, 16 << 10)) {
            producer.partitionsFor(Wire.commandsOf(app));
            long startNs = System.nanoTime() + 5_000_000;
            for (int at = 0; at < total && failure == null; at++) {
                long dueNs = startNs + at * 1_000_000_000L / perSecond;
                for (long leftNs; (leftNs = dueNs - System.nanoTime()) > 0; ) LockSupport.parkNanos(leftNs);
                long nowNs = System.nanoTime();
                if (at >= warmup) lateMs[at - warmup] = (nowNs - dueNs) / 1e6;
                sentNs.set(at, nowNs);
                producer.send(commands.next(System.currentTimeMillis()), (metadata, error) -> {
                    if (error != null) failure = error;
                });
            }
        } finally {
            waitUntilMs = System.currentTimeMillis() + LATE_ANSWERS_MS;
        }
        Arrays.sort(lateMs);
        return quantile(lateMs, 0.99);
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer) {
        CommandIds ids = new CommandIds(seed);
        for (int left = total; left > 0 && failure == null && System.currentTimeMillis() < waitUntilMs; ) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                int number = ids.numberOf(Wire.value(record.headers(), "ce_id"));
                if (number < 0 || number >= total || readNs[number] != 0) continue;
                readNs[number] = System.nanoTime();
                left--;
            }
        }
    }

    private void report(double lateMs) {
        double[] ms = new double[total - warmup];
        int count = 0;
        for (int at = warmup; at < total; at++) if (readNs[at] != 0) ms[count++] = (readNs[at] - sentNs.get(at)) / 1e6;
        double[] sorted = Arrays.copyOf(ms, count);
        Arrays.sort(sorted);
        Report.line(
                "latency",
                "perSecond", perSecond,
                "count", count,
                "missing", total - warmup - count,
                "p50", quantile(sorted, 0.5),
                "p90", quantile(sorted, 0.9),
                "p99", quantile(sorted, 0.99),
                "max", quantile(sorted, 1),
                "sentLateP99", lateMs);
    }

    private static double quantile(double[] sorted, double share) {
        return sorted.length == 0 ? -1 : sorted[Math.min(sorted.length - 1, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
