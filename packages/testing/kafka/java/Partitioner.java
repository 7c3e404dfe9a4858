// Prints the partition that Kafka's own client chooses for each key: one line of standard input (UTF-8) is one key.
// java -cp 'libs/*' Partitioner.java <partitions>
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

public class Partitioner {
  public static void main(String[] args) throws Exception {
    int partitions = Integer.parseInt(args[0]);
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String key = lines.readLine(); key != null; key = lines.readLine())
      out.println(BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), partitions));
    out.flush();
  }
}
