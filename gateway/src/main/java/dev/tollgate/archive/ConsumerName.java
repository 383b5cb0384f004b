package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** What a gateway calls itself in the groups of Redis: the same as before at each of its starts. */
public final class ConsumerName {
  private static final Pattern NAME = Pattern.compile("gateway-[0-9a-f]{16}");

  private ConsumerName() {}

  /**
   * The name in {@code archive-consumer}; a new one when there is none.
   *
   * @param dataDirectory the gateway's own
   */
  @Blocking
  public static String in(Path dataDirectory, RandomGenerator random) throws IOException {
    Path file = dataDirectory.resolve("archive-consumer");
    if (Files.exists(file)) {
      String name = Files.readString(file).strip();
      if (NAME.matcher(name).matches()) {
        return name;
      }
    }
    String name = "gateway-%016x".formatted(random.nextLong());
    Files.createDirectories(dataDirectory);
    Files.writeString(file, name + "\n");
    return name;
  }
}
