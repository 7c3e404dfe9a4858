// Sends records with Kafka's ordinary producer, which chooses the partition by the key: one line of JSON from standard input
// is one record: topic, key, value, headers (an object), and partition where it is to be another. Null or missing: without.
// Prints "<partition> <offset>" for each, in order.
// java -cp 'libs/*' Produce.java <host:port>
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class Produce {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Map<String, Object> settings = Map.of("bootstrap.servers", args[0], "max.request.size", 64 << 20, "max.block.ms", 20_000);
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      var sent = new ArrayList<Future<RecordMetadata>>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode from = json.readTree(line);
        Integer partition = from.hasNonNull("partition") ? from.get("partition").asInt() : null;
        var record = new ProducerRecord<String, String>(from.get("topic").asText(), partition, text(from, "key"), text(from, "value"));
        if (from.has("headers"))
          from.get("headers").fieldNames().forEachRemaining(name -> {
            String value = text(from.get("headers"), name);
            record.headers().add(name, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
          });
        sent.add(producer.send(record));
      }
      for (var each : sent) System.out.println(each.get().partition() + " " + each.get().offset());
    }
  }

  private static String text(JsonNode from, String name) {
    return from.hasNonNull(name) ? from.get(name).asText() : null;
  }
}
