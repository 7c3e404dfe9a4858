// Reads topics from their beginning to the end they have now, with Kafka's ordinary consumer and no group (read_committed),
// and prints a line of JSON for each record: topic, partition, offset, timestamp, key, headers, value. Texts are UTF-8; a
// key or value that is not there is null.
// java -cp 'libs/*' Dump.java <host:port> <topic> …
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Dump {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    var out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", args[0],
        "isolation.level", "read_committed",
        "auto.offset.reset", "earliest",
        "enable.auto.commit", false,
        "allow.auto.create.topics", false,
        "default.api.timeout.ms", 20_000);
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      var partitions = new ArrayList<TopicPartition>();
      for (String topic : Arrays.asList(args).subList(1, args.length)) {
        var infos = consumer.partitionsFor(topic);
        if (infos == null || infos.isEmpty()) throw new IllegalArgumentException("there is no topic " + topic);
        for (var info : infos) partitions.add(new TopicPartition(topic, info.partition()));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.offset() >= ends.get(new TopicPartition(record.topic(), record.partition()))) continue;
          ObjectNode line = json.createObjectNode();
          line.put("topic", record.topic());
          line.put("partition", record.partition());
          line.put("offset", record.offset());
          line.put("timestamp", record.timestamp());
          line.put("key", record.key());
          ObjectNode headers = line.putObject("headers");
          for (var header : record.headers())
            headers.put(header.key(), header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8));
          line.put("value", record.value());
          out.write(json.writeValueAsString(line));
          out.write('\n');
        }
      }
    }
    out.flush();
  }
}
