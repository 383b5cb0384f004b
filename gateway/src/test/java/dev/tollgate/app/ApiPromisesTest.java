package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of promises in docs/api.md names tests that there are. */
class ApiPromisesTest {
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z]\\w+(?:Test|IT|Contract))\\.(\\w+)`");
  private static final int PROMISES_MIN = 60;

  /** The text of every test class, by its name. */
  static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    return sources;
  }

  @Test
  void everyTest_thatShowsAPromise_exists() throws IOException {
    Map<String, String> sources = sources();
    List<String> missing = new ArrayList<>();
    int named = 0;
    Matcher tests = NAMED.matcher(Files.readString(Path.of("../docs/api.md")));
    while (tests.find()) {
      named++;
      if (!sources.getOrDefault(tests.group(1), "").contains("void " + tests.group(2) + "(")) {
        missing.add(tests.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThanOrEqualTo(PROMISES_MIN);
  }
}
