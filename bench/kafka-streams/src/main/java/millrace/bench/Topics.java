package millrace.bench;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * {@code --action create}: makes {@code <app>.commands} and {@code <app>.events}. {@code --action delete}: removes every
 * topic whose name begins with {@code <app>}, those that Streams made for itself too.
 */
public final class Topics {
    private Topics() {}

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, "bootstrap", "app", "action", "partitions");
        String app = options.text("app");
        Properties config = new Properties();
        config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.text("bootstrap"));
        try (Admin admin = Admin.create(config)) {
            List<String> topics;
            if (options.text("action").equals("delete")) {
                topics = admin.listTopics().names().get().stream()
                        .filter((name) -> name.startsWith(app + ".") || name.startsWith(app + "-"))
                        .toList();
                admin.deleteTopics(topics).all().get();
            } else {
                topics = List.of(Wire.commandsOf(app), Wire.eventsOf(app));
                int partitions = options.number("partitions", 4);
                Map<String, String> settings = Map.of("retention.ms", "-1", "cleanup.policy", "delete");
                admin.createTopics(topics.stream().map((name) -> new NewTopic(name, partitions, (short) 1).configs(settings)).toList())
                        .all()
                        .get();
            }
            Report.line("topics", "names", topics);
        }
    }
}
