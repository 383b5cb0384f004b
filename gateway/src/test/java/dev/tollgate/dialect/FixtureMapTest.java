package dev.tollgate.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/metering.md says of the fixtures: which there are, and what each of them proves. */
class FixtureMapTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final Pattern FOLDER =
      Pattern.compile("(?m)^\\| `(\\w+)/` \\| `([\\w.-]+)` \\| (\\d+) \\|$");
  private static final Pattern ALL = Pattern.compile("(?m)^\\| \\| all \\| (\\d+) \\|$");

  /** {@code c/strange-\*}: a star stands for all whose names begin so. */
  private static final Pattern NAMED = Pattern.compile("(\\w+)/([\\w-]+)(\\\\\\*)?");

  private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:#(\\w+))?`");

  private final String page = read(Path.of("../docs/metering.md"));

  @Test
  void counts_ofFixtures_areThoseOfTheFolders() {
    Map<String, Integer> counts = new TreeMap<>();
    folders().forEach(row -> counts.put(row.group(2), Integer.parseInt(row.group(3))));
    Map<String, Integer> there = new TreeMap<>();
    for (Path folder : list(FIXTURES)) {
      there.put(folder.getFileName().toString(), list(folder).size());
    }

    assertThat(counts).isEqualTo(there);
    assertThat(ALL.matcher(page).results().map(row -> Integer.parseInt(row.group(1))))
        .containsExactly(there.values().stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void everyFixture_provesARule_andEveryRuleHasFixturesThatAreThere() {
    Map<String, String> byLetter =
        folders().stream().collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
    Set<String> unnamed = new TreeSet<>();
    byLetter.forEach(
        (letter, folder) ->
            list(FIXTURES.resolve(folder))
                .forEach(fixture -> unnamed.add(letter + "/" + fixture.getFileName())));
    Set<String> all = Set.copyOf(unnamed);

    List<MatchResult> names = NAMED.matcher(section("| Rule | Fixtures |")).results().toList();
    assertThat(names).isNotEmpty();
    for (MatchResult name : names) {
      String start = name.group(1) + "/" + name.group(2);
      List<String> meant =
          all.stream()
              .filter(
                  fixture ->
                      name.group(3) == null ? fixture.equals(start) : fixture.startsWith(start))
              .toList();
      assertThat(meant).as(name.group()).isNotEmpty();
      meant.forEach(unnamed::remove);
    }

    assertThat(unnamed).as("fixtures that no rule names").isEmpty();
  }

  @Test
  void rulesWithoutFixtures_nameTestsThatAreThere() {
    List<MatchResult> tests = TEST.matcher(section("| Rule | Tests |")).results().toList();

    assertThat(tests).isNotEmpty();
    for (MatchResult test : tests) {
      List<Path> files = javaFile(test.group(1));
      assertThat(files).as(test.group()).isNotEmpty();
      String method = test.group(2);
      if (method != null) {
        assertThat(files)
            .as(test.group())
            .anyMatch(file -> read(file).contains(" void " + method + "("));
      }
    }
  }

  private List<MatchResult> folders() {
    return FOLDER.matcher(page).results().toList();
  }

  /** The table that begins so, to the empty line behind it. */
  private String section(String head) {
    int start = page.indexOf(head);
    assertThat(start).as(head).isNotNegative();
    int end = page.indexOf("\n\n", start);
    return page.substring(start + head.length(), end < 0 ? page.length() : end);
  }

  private static List<Path> javaFile(String name) {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      return files.filter(file -> file.endsWith(name + ".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isDirectory).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
