package millrace.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code --name value} pairs. Every name must be known to the program, so that a misspelt one is no silent default. */
final class Options {
    private final Map<String, String> values = new HashMap<>();

    Options(String[] args, String... known) {
        Set<String> names = new TreeSet<>(Set.of(known));
        for (int at = 0; at < args.length; at += 2) {
            String name = args[at].startsWith("--") ? args[at].substring(2) : args[at];
            if (!names.contains(name)) throw new IllegalArgumentException("there is no option '" + args[at] + "' (known: " + names + ")");
            if (at + 1 == args.length) throw new IllegalArgumentException("--" + name + " needs a value");
            values.put(name, args[at + 1]);
        }
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
        return value;
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : Integer.parseInt(value);
    }
}
