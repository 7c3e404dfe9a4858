package millrace.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The decision of {@code bench/src/kafka/millrace-app.ts}, as a Kafka Streams processor. Per show it keeps a set of bits, one
 * for each seat that is taken: 4 bytes in the store and on its changelog.
 *
 * <p>It remembers no command ids, as such processors mostly do not: a command sent twice is decided twice.
 */
final class SeatDecider implements Processor<String, byte[], String, byte[]> {
    static final String STORE = "shows";
    /** Seats exist. */
    private static final int SEATS = 31;

    record ReserveSeat(
            @JsonProperty(required = true) String showId,
            @JsonProperty(required = true) String seat,
            @JsonProperty(required = true) String customerId) {}

    record SeatReserved(String seat, String customerId, long atMs) {}

    record Rejected(String code, Map<String, String> details) {}

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .withCoercionConfig(LogicalType.Textual, (textual) -> textual
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
            .build();

    private final ObjectReader commandReader = MAPPER.readerFor(ReserveSeat.class);
    private final ObjectWriter eventWriter = MAPPER.writerFor(SeatReserved.class);
    private final ObjectWriter refusalWriter = MAPPER.writerFor(Rejected.class);
    private final byte[] commandType = Wire.ascii(Wire.COMMAND);
    private final byte[] eventType = Wire.ascii(Wire.EVENT);
    private final byte[] refusalType = Wire.ascii(Wire.REFUSAL);
    private final Wire wire;
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Integer> shows;

    SeatDecider(String app) {
        wire = new Wire(app);
    }

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
        context = given;
        shows = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        ReserveSeat command = read(record);
        Integer stored = shows.get(record.key());
        int taken = stored == null ? 0 : stored;
        int bit = bitOf(command.seat());
        if (bit == 0) refuse(record, "no-such-seat", command.seat());
        else if ((taken & bit) != 0) refuse(record, "seat-taken", command.seat());
        else {
            shows.put(record.key(), taken | bit);
            answer(record, eventType, write(eventWriter, new SeatReserved(command.seat(), command.customerId(), record.timestamp())));
        }
    }

    /** What is no such command ends the application: there is none on the topic of a bench. */
    private ReserveSeat read(Record<String, byte[]> record) {
        if (!Arrays.equals(Wire.value(record.headers(), "ce_type"), commandType)) throw new IllegalArgumentException("a command of another type");
        try {
            ReserveSeat command = commandReader.readValue(record.value());
            if (!command.showId().equals(record.key())) throw new IllegalArgumentException("the record's key is not the show's");
            return command;
        } catch (IOException error) {
            throw new IllegalArgumentException("a command that is not what was agreed", error);
        }
    }

    private void refuse(Record<String, byte[]> record, String code, String seat) {
        answer(record, refusalType, write(refusalWriter, new Rejected(code, Map.of("seat", seat))));
    }

    private void answer(Record<String, byte[]> record, byte[] type, byte[] data) {
        byte[] commandId = Wire.value(record.headers(), "ce_id");
        byte[] id = Arrays.copyOf(commandId, commandId.length + 2);
        id[commandId.length] = '.';
        id[commandId.length + 1] = '0';
        byte[] key = Wire.value(record.headers(), "ce_subject");
        context.forward(record.withValue(data).withHeaders(new RecordHeaders(wire.headers(id, type, key, record.timestamp()))));
    }

    /** 0 where there is no such seat. */
    private static int bitOf(String seat) {
        if (!seat.startsWith("A-") || seat.length() > 4) return 0;
        int number = 0;
        for (int at = 2; at < seat.length(); at++) {
            int digit = seat.charAt(at) - '0';
            if (digit < 0 || digit > 9) return 0;
            number = number * 10 + digit;
        }
        return number < 1 || number > SEATS ? 0 : 1 << number - 1;
    }

    private static byte[] write(ObjectWriter writer, Object data) {
        try {
            return writer.writeValueAsBytes(data);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
