package millrace.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Records as Millrace writes and reads them: CloudEvents 1.0 in Kafka's binary mode. The key is the aggregate's, the value
 * the data as JSON, all else is in headers.
 */
final class Wire {
    static final String COMMAND = "ReserveSeat";
    static final String EVENT = "SeatReserved";
    static final String REFUSAL = "millrace.rejected." + COMMAND;

    private static final DateTimeFormatter RFC_3339 = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Header contentType = header("content-type", "application/json");
    private final Header specVersion = header("ce_specversion", "1.0");
    private final Header source;
    private long timeMs = -1;
    private Header time;

    /** One for each thread: it keeps the text of the last time. */
    Wire(String app) {
        source = header("ce_source", "/" + app);
    }

    static String commandsOf(String app) {
        return app + ".commands";
    }

    static String eventsOf(String app) {
        return app + ".events";
    }

    Header[] headers(byte[] id, byte[] type, byte[] key, long atMs) {
        if (atMs != timeMs) {
            timeMs = atMs;
            time = header("ce_time", RFC_3339.format(Instant.ofEpochMilli(atMs)));
        }
        return new Header[] {
            contentType,
            specVersion,
            source,
            new RecordHeader("ce_id", id),
            new RecordHeader("ce_type", type),
            new RecordHeader("ce_subject", key),
            time,
        };
    }

    /** The header's value, or null where there is none. */
    static byte[] value(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : header.value();
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, ascii(value));
    }
}
