package millrace.bench;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The commands of one seed: always the same ones, but for the time they are sent at. */
final class Commands {
    /** Seats of a show. */
    static final int SEATS = 20;

    private final String topic;
    private final Wire wire;
    private final CommandIds ids;
    private final SplittableRandom random;
    private final int aggregates;
    private final byte[] type = Wire.ascii(Wire.COMMAND);
    private final BitSet seats = new BitSet();
    private int count;

    Commands(String app, long seed, int aggregates) {
        topic = Wire.commandsOf(app);
        wire = new Wire(app);
        ids = new CommandIds(seed);
        random = new SplittableRandom(seed);
        this.aggregates = aggregates;
    }

    /** Has no partition: the producer's own partitioner (murmur2 of the key) chooses it. */
    ProducerRecord<byte[], byte[]> next(long nowMs) {
        int show = random.nextInt(aggregates);
        int seat = random.nextInt(SEATS) + 1;
        int customer = random.nextInt(1_000_000);
        seats.set(show * SEATS + seat - 1);
        String showId = "show-" + show;
        byte[] key = Wire.ascii(showId);
        byte[] data = Wire.ascii("{\"showId\":\"" + showId + "\",\"seat\":\"A-" + seat + "\",\"customerId\":\"c-" + customer + "\"}");
        return new ProducerRecord<>(topic, null, nowMs, key, data, new RecordHeaders(wire.headers(ids.of(count++), type, key, nowMs)));
    }

    /** How many different seats of all shows were asked for: so many commands are accepted, all others refused. */
    int distinctSeats() {
        return seats.cardinality();
    }
}
