package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The build repeats on other servers what bears a tag: a test without its tag would be left out.
 */
class RedisTagsTest {
  private static final Path SOURCES = Path.of("src/test/java/dev/tollgate");
  private static final List<String> PACKAGES = List.of("ledger", "archive");
  private static final Pattern USES_THE_SHARED =
      Pattern.compile("RedisForTests\\.(open\\([A-Z0-9]*\\)|address\\(\\))");
  private static final Pattern STARTS_ITS_OWN =
      Pattern.compile("(RedisServerForTests|RedisClusterForTests|TcpRedis)\\.start");
  private static final Pattern TAG = Pattern.compile("@Tag\\(RedisForTests\\.(\\w+)\\)");

  @Test
  void testsOfTheLedger_thatTalkToARedis_saySoWithATag() throws IOException {
    List<Path> tests = new ArrayList<>();
    for (String name : PACKAGES) {
      try (Stream<Path> files = Files.list(SOURCES.resolve(name))) {
        files.filter(file -> file.toString().endsWith("Test.java")).forEach(tests::add);
      }
    }
    assertThat(tests).isNotEmpty();
    for (Path test : tests) {
      String source = Files.readString(test);
      List<String> tags = TAG.matcher(source).results().map(match -> match.group(1)).toList();
      assertThat(tags).as("%s", test).isEqualTo(expected(source));
    }
  }

  private static List<String> expected(String source) {
    if (USES_THE_SHARED.matcher(source).find()) {
      return List.of("ON_THE_SHARED");
    }
    return STARTS_ITS_OWN.matcher(source).find() ? List.of("ON_ITS_OWN") : List.of();
  }
}
