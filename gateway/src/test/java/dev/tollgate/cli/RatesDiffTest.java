package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RatesDiffTest {
  private static final String OLD =
      """
      models:
        m: { targets: [{ provider: acme, model: m }], prices: { input: 0.20, output: 0.60, cache_read: 0.05 } }
        gone: { targets: [{ provider: acme, model: g }], prices: { input: 1 } }
      credit: { usd: 0.02 }
      """;

  private static final String NEW =
      """
      models:
        m:
          prices: { output: 0.6, input: 0.25 }
          targets: [{ model: m, provider: acme }]
        fresh: { targets: [{ provider: acme, model: f }], prices: { input: 2 } }
      """;

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int diff(String before, String after, String... options) throws IOException {
    Files.writeString(directory.resolve("old.yaml"), before);
    Files.writeString(directory.resolve("new.yaml"), after);
    CommandLine command = Tollgate.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    List<String> arguments =
        new ArrayList<>(List.of("rates", "diff", file("old.yaml"), file("new.yaml")));
    arguments.addAll(List.of(options));
    return command.execute(arguments.toArray(String[]::new));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  @Test
  void cards_thatSayTheSame_exitWithZero() throws IOException {
    assertThat(diff(NEW, NEW.replace("0.25", "0.250") + "credit: { usd: 0.020 }\n")).isZero();
    assertThat(out.toString()).isEqualTo("ok: the cards say the same\n");
  }

  @Test
  void differences_exitWithThree_andAreATable() throws IOException {
    assertThat(diff(OLD, NEW)).isEqualTo(3);
    assertThat(out.toString())
        .isEqualTo(
            """
               what                        old      new      change  unit
            ~  models m prices.input       0.2      0.25     +25%    USD per million
            -  models m prices.cache_read  0.05     (0.25)   +400%   USD per million
            -  models gone targets         acme: g  -        -
            -  models gone prices.input    1        -        -       USD per million
            +  models fresh targets        -        acme: f  -
            +  models fresh prices.input   -        2        -       USD per million
            1 changed, 2 added, 3 removed
            """);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void differences_asJson_areOneDocumentWithExactNumbers() throws IOException {
    assertThat(diff(OLD, NEW, "--json")).isEqualTo(3);

    JsonNode report = JsonMapper.shared().readTree(out.toString());
    assertThat(report.get("ok").asBoolean()).isTrue();
    assertThat(report.get("same").asBoolean()).isFalse();
    assertThat(report.get("changed").asInt()).isEqualTo(1);
    assertThat(report.get("differences")).hasSize(6);
    assertThat(report.get("differences").get(0))
        .hasToString(
            "{\"section\":\"models\",\"name\":\"m\",\"key\":\"prices.input\","
                + "\"change\":\"changed\",\"old\":0.2,\"new\":0.25,\"stand_in\":null,"
                + "\"percent\":25.0,\"unit\":\"usd_per_million\"}");
    assertThat(out.toString()).contains("\"old\":0.05,\"new\":null,\"stand_in\":0.25");
  }

  @Test
  void faultyCards_exitWithOne_andEveryFaultOfBoth() throws IOException {
    assertThat(diff("models: 1\n", "modelz: {}\n")).isEqualTo(1);
    assertThat(err.toString())
        .contains(file("old.yaml") + ":1:9: models: expected a mapping of keys to values, got 1")
        .contains(file("new.yaml") + ":1:1: modelz: is not a key that is known here")
        .contains("3 faults");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void faultyCards_asJson_areOneDocument() throws IOException {
    assertThat(diff("models: 1\n", NEW, "--json")).isEqualTo(1);

    JsonNode report = JsonMapper.shared().readTree(out.toString());
    assertThat(report.get("ok").asBoolean()).isFalse();
    assertThat(report.get("files")).hasSize(2);
    assertThat(report.get("faults")).hasSize(1);
  }
}
