package millrace.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** One JSON object per line on stdout: what the script that started this process reads. */
final class Report {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Report() {}

    /** Names and values by turns; {@code event} says what kind of line it is. */
    static void line(String event, Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("event", event);
        for (int at = 0; at < namesAndValues.length; at += 2) fields.put((String) namesAndValues[at], namesAndValues[at + 1]);
        try {
            System.out.println(MAPPER.writeValueAsString(fields));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
