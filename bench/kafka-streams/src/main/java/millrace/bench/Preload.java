package millrace.bench;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;

/** Writes {@code --records} commands as fast as one producer can, and says how fast that was: the limit of a plain producer. */
public final class Preload {
    private static final int LINGER_MS = 20;
    private static final int BATCH_BYTES = 256 << 10;

    private Preload() {}

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, "bootstrap", "app", "records", "aggregates", "seed");
        int records = options.number("records", 2_000_000);
        Commands commands = new Commands(options.text("app"), options.number("seed", 1), options.number("aggregates", 100_000));
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(options.text("bootstrap"), LINGER_MS, BATCH_BYTES)) {
            // Not counted: it is the topic's metadata that is waited for.
            producer.partitionsFor(Wire.commandsOf(options.text("app")));
            long startMs = System.currentTimeMillis();
            for (int at = 0; at < records; at++) {
                producer.send(commands.next(System.currentTimeMillis()), (metadata, error) -> {
                    if (error != null) failure.compareAndSet(null, error);
                });
            }
            producer.flush();
            if (failure.get() != null) throw failure.get();
            long forMs = System.currentTimeMillis() - startMs;
            Report.line(
                    "preloaded",
                    "records", records,
                    "distinctSeats", commands.distinctSeats(),
                    "forMs", forMs,
                    "perSecond", records * 1_000.0 / Math.max(1, forMs));
        }
    }
}
