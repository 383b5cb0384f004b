package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A map with every form of key that there is, to the card and the report that are expected. */
class RatesImportTest {
  private static final Path MAP = resource("map.json");

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(RatesImportTest.class.getResource("rates-import/" + name))
              .toURI());
    } catch (URISyntaxException notUri) {
      throw new IllegalStateException(notUri);
    }
  }

  private static String text(String name) {
    try (InputStream text = Files.newInputStream(resource(name))) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private int run(String... arguments) {
    CommandLine command = Tollgate.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  private Path card() {
    return directory.resolve("card.yaml");
  }

  @Test
  void map_becomesACard_andAReportBesideIt() {
    assertThat(run("rates", "import", MAP.toString())).isEqualTo(3);
    assertThat(out.toString()).isEqualTo(text("card.yaml"));
    assertThat(err.toString()).isEqualTo(text("report.txt"));
  }

  @Test
  void card_inAFile_isWhatACheckAccepts() throws IOException {
    assertThat(run("rates", "import", MAP.toString(), "--output", card().toString())).isEqualTo(3);
    assertThat(out.toString()).isEmpty();
    assertThat(Files.readString(card())).isEqualTo(text("card.yaml"));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(card());
    }

    assertThat(run("rates", "check", card().toString())).isZero();
    assertThat(out.toString()).contains("ok: models: 12");
  }

  @Test
  void file_thatIsThere_staysUnlessItMayGo() throws IOException {
    Files.writeString(card(), "mine");

    assertThat(run("rates", "import", MAP.toString(), "-o", card().toString())).isEqualTo(1);
    assertThat(err.toString()).contains("card.yaml is there already; --overwrite writes over it");
    assertThat(Files.readString(card())).isEqualTo("mine");

    assertThat(run("rates", "import", MAP.toString(), "-o", card().toString(), "--overwrite"))
        .isEqualTo(3);
    assertThat(Files.readString(card())).isEqualTo(text("card.yaml"));
  }

  @Test
  void selection_thatIsWholeOnTheCard_exitsWithZero() {
    assertThat(
            run(
                "rates",
                "import",
                MAP.toString(),
                "--only",
                "cached-*",
                "--only",
                "*/embed",
                "--provider",
                "mine=oth*",
                "--provider",
                "yours=acme"))
        .isZero();
    assertThat(out.toString())
        .contains("targets: [{ provider: mine, model: cached-2 }]")
        .contains("targets: [{ provider: yours, model: embed }]");
    assertThat(err.toString())
        .isEqualTo("models taken: 2, entries left out: 0, not selected: 17\n");
  }

  @Test
  void freeModels_areTakenByName() {
    assertThat(run("rates", "import", MAP.toString(), "--only", "*/free", "--free", "acme/*"))
        .isZero();
    assertThat(out.toString()).contains("input: 0 ").contains("output: 0 ");
  }

  @Test
  void report_asJson_hasEveryEntryAndKey() throws IOException {
    assertThat(run("rates", "import", MAP.toString(), "--json", "-o", card().toString()))
        .isEqualTo(3);

    JsonNode report = JsonMapper.shared().readTree(out.toString());
    assertThat(report.get("whole").asBoolean()).isFalse();
    assertThat(report.get("card").asString()).isEqualTo(card().toString());
    assertThat(report.get("taken").asInt()).isEqualTo(12);
    assertThat(report.get("left_out")).hasSize(7);
    assertThat(report.get("left_out").get(2))
        .hasToString(
            "{\"name\":\"acme/per-thousand\",\"line\":142,\"reason\":\"faulty\",\"detail\":"
                + "\"input_cost_per_token is beyond $1000 per million: a slip of units?\"}");
    assertThat(report.get("remarks").get("not_understood").get("input_cost_per_image"))
        .hasToString("[\"acme/omni-4\"]");
    assertThat(err.toString()).isEmpty();
    assertThat(Files.exists(card())).isTrue();
  }

  @Test
  void report_inFull_namesEveryEntry() {
    assertThat(run("rates", "import", MAP.toString(), "--verbose")).isEqualTo(3);
    assertThat(err.toString())
        .containsPattern("148 +acme/film +its mode is not served +video_generation\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "models: {}"})
  void file_thatIsNoMap_exitsWithOne_andWritesNothing(String text) throws IOException {
    Path map = Files.writeString(directory.resolve("map.json"), text);

    assertThat(run("rates", "import", map.toString(), "-o", card().toString())).isEqualTo(1);
    assertThat(err.toString()).startsWith("tollgate: " + map + ":1:");
    assertThat(card()).doesNotExist();
  }

  @Test
  void file_thatIsNotThere_isNamed() {
    assertThat(run("rates", "import", "none.json")).isEqualTo(1);
    assertThat(err.toString()).isEqualTo("tollgate: none.json: there is no such file\n");
  }

  @Test
  void cardWithoutADirectory_isAFault() {
    String nowhere = directory.resolve("none/card.yaml").toString();

    assertThat(run("rates", "import", MAP.toString(), "-o", nowhere)).isEqualTo(1);
    assertThat(err.toString()).contains("there is no directory for " + nowhere);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--provider x", "--provider =x", "--provider x=", "--nonsense", "b.json"})
  void commandLine_thatCannotBeUnderstood_exitsWithTwo(String options) {
    assertThat(run(("rates import a.json " + options).split(" ", -1))).isEqualTo(2);
  }
}
