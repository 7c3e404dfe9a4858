package millrace.bench;

import java.util.SplittableRandom;

/**
 * Ids in the form of a UUID whose last twelve digits are the command's number: so that whoever reads an answer knows which
 * command it is to, and can tell ours from any other record of the topic.
 */
final class CommandIds {
    static final int LENGTH = 36;
    private static final int PREFIX = 24;
    private static final byte[] HEX = Wire.ascii("0123456789abcdef");

    private final byte[] prefix;

    CommandIds(long seed) {
        SplittableRandom random = new SplittableRandom(seed ^ 0x1d5L);
        prefix = Wire.ascii(String.format(
                "%08x-%04x-4%03x-8%03x-",
                random.nextInt(), random.nextInt(1 << 16), random.nextInt(1 << 12), random.nextInt(1 << 12)));
    }

    byte[] of(int number) {
        byte[] id = new byte[LENGTH];
        System.arraycopy(prefix, 0, id, 0, PREFIX);
        long rest = number;
        for (int at = LENGTH - 1; at >= PREFIX; at--, rest >>>= 4) id[at] = HEX[(int) (rest & 15)];
        return id;
    }

    /** The number of the command whose id this is, or whose id plus {@code .0} it is; -1 where it is none of these. */
    int numberOf(byte[] id) {
        if (id == null || id.length < LENGTH) return -1;
        boolean isAnswer = id.length == LENGTH + 2 && id[LENGTH] == '.' && id[LENGTH + 1] == '0';
        if (id.length != LENGTH && !isAnswer) return -1;
        for (int at = PREFIX - 1; at >= 0; at--) if (id[at] != prefix[at]) return -1;
        long number = 0;
        for (int at = PREFIX; at < LENGTH; at++) {
            int digit = Character.digit(id[at], 16);
            if (digit < 0) return -1;
            number = number << 4 | digit;
        }
        return number > Integer.MAX_VALUE ? -1 : (int) number;
    }
}
