package millrace.bench;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The application: commands in, {@link SeatDecider}, events out, exactly once. Settings are Kafka Streams' own but for the options. */
public final class StreamsPeer {
    private StreamsPeer() {}

    public static void main(String[] args) {
        Options options = new Options(args, "bootstrap", "app", "store", "commit-interval-ms", "threads", "state-dir", "cache-bytes");
        String app = options.text("app");
        int cacheBytes = options.number("cache-bytes", 0);
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, app + "-streams");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.text("bootstrap"));
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.number("commit-interval-ms", 100));
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.number("threads", 1));
        config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        config.put(StreamsConfig.STATE_DIR_CONFIG, options.text("state-dir"));
        if (cacheBytes > 0) config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, cacheBytes);

        Report.line("started", "java", Runtime.version().toString(), "kafka", AppInfoParser.getVersion());
        KafkaStreams streams = new KafkaStreams(topology(app, options.text("store", "rocksdb"), cacheBytes > 0), config);
        streams.setStateListener((now, before) -> Report.line("state", "state", now.name(), "atMs", System.currentTimeMillis()));
        streams.setUncaughtExceptionHandler((error) -> {
            error.printStackTrace();
            // From another thread: this one is waited for by the hook below.
            new Thread(() -> System.exit(1)).start();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        // SIGTERM ends here, and so does the process.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(30))));
        streams.start();
    }

    private static Topology topology(String app, String store, boolean isCached) {
        KeyValueBytesStoreSupplier supplier =
                switch (store) {
                    case "rocksdb" -> Stores.persistentKeyValueStore(SeatDecider.STORE);
                    case "memory" -> Stores.inMemoryKeyValueStore(SeatDecider.STORE);
                    default -> throw new IllegalArgumentException("there is no store '" + store + "' (known: rocksdb, memory)");
                };
        // Either has a changelog: that is the default.
        StoreBuilder<KeyValueStore<String, Integer>> shows = Stores.keyValueStoreBuilder(supplier, Serdes.String(), Serdes.Integer());
        return new Topology()
                .addSource("commands", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), Wire.commandsOf(app))
                .addProcessor("decide", () -> new SeatDecider(app), "commands")
                .addStateStore(isCached ? shows.withCachingEnabled() : shows, "decide")
                .addSink("events", Wire.eventsOf(app), Serdes.String().serializer(), Serdes.ByteArray().serializer(), "decide");
    }
}
