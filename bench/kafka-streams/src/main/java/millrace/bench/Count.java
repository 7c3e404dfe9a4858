package millrace.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * A plain consumer of all of {@code --topic}. Counts the records that are the commands of {@code --seed}, or the first answer
 * to one, each by its number, so that a second answer is found out; passes over all others. Ends once there have been
 * {@code --records}, and with status 1 where none has come for {@code --patience-ms}.
 */
public final class Count {
    private static final int POLL_RECORDS = 20_000;

    private Count() {}

    public static void main(String[] args) {
        Options options = new Options(args, "bootstrap", "topic", "records", "seed", "patience-ms");
        int records = options.number("records", 2_000_000);
        long patienceMs = options.number("patience-ms", 60_000);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(options.text("bootstrap"), POLL_RECORDS)) {
            List<PartitionInfo> partitions = consumer.partitionsFor(options.text("topic"));
            consumer.assign(partitions.stream().map((each) -> new TopicPartition(each.topic(), each.partition())).toList());
            consumer.seekToBeginning(consumer.assignment());
            consumer.assignment().forEach(consumer::position);
            Report.line("counting", "partitions", partitions.size());
            Tally tally = new Tally(new CommandIds(options.number("seed", 1)), records);
            while (tally.count < records && System.currentTimeMillis() - tally.lastMs < patienceMs) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) tally.add(record);
                tally.note(System.currentTimeMillis());
            }
            tally.report();
            if (tally.count < records) System.exit(1);
        }
    }

    private static final class Tally {
        private final CommandIds ids;
        private final int records;
        private final BitSet seen;
        private final Map<String, int[]> types = new HashMap<>();
        private byte[] lastType = {};
        private int[] lastTypeCount = {0};
        private int others;
        private int repeated;
        private int secondCount;
        private long secondMs;
        private int firstCount;
        private long firstMs;
        private int halfCount;
        private long halfMs;
        int count;
        /** When the last was read; until then, when counting began. */
        long lastMs = System.currentTimeMillis();

        Tally(CommandIds ids, int records) {
            this.ids = ids;
            this.records = records;
            seen = new BitSet(records);
        }

        void add(ConsumerRecord<byte[], byte[]> record) {
            int number = ids.numberOf(Wire.value(record.headers(), "ce_id"));
            if (number < 0) {
                others++;
                return;
            }
            count++;
            if (seen.get(number)) repeated++;
            else seen.set(number);
            byte[] type = Wire.value(record.headers(), "ce_type");
            // Of many records there are two or three types.
            if (!Arrays.equals(type, lastType)) {
                lastType = type;
                lastTypeCount = types.computeIfAbsent(new String(type, StandardCharsets.UTF_8), (key) -> new int[1]);
            }
            lastTypeCount[0]++;
        }

        /** After each poll: times are of whole polls, and so are the counts that go with them. */
        void note(long nowMs) {
            if (count > 0 && firstMs == 0) {
                firstMs = secondMs = nowMs;
                firstCount = secondCount = count;
            }
            if (halfMs == 0 && count * 2L >= records) {
                halfMs = nowMs;
                halfCount = count;
            }
            if (count > 0 && nowMs - secondMs >= 1_000) {
                Report.line("second", "count", count, "perSecond", (count - secondCount) * 1_000.0 / (nowMs - secondMs));
                if (count > secondCount) lastMs = nowMs;
                secondMs = nowMs;
                secondCount = count;
            }
            if (count >= records) lastMs = nowMs;
        }

        void report() {
            Map<String, Integer> byType = new HashMap<>();
            types.forEach((type, number) -> byType.put(type, number[0]));
            Report.line(
                    "counted",
                    "count", count,
                    "distinct", seen.cardinality(),
                    "repeated", repeated,
                    "others", others,
                    "types", byType,
                    "firstMs", firstMs,
                    "firstCount", firstCount,
                    "halfMs", halfMs,
                    "halfCount", halfCount,
                    "lastMs", lastMs,
                    "cold", rate(firstCount, firstMs, halfCount, halfMs),
                    "warm", rate(halfCount, halfMs, count, lastMs));
        }

        private static double rate(int from, long fromMs, int to, long toMs) {
            return (to - from) * 1_000.0 / Math.max(1, toMs - fromMs);
        }
    }
}
