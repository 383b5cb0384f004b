package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CheckCommandsTest {
  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void write() throws IOException {
    Files.writeString(
        directory.resolve("gateway.yaml"),
        """
        ops: { admin_token: t }
        providers: { acme: { dialect: openai, base_url: http://localhost } }
        """);
    Files.writeString(
        directory.resolve("rates.yaml"),
        "models: { m: { targets: [{ provider: acme, model: m }], prices: { input: 1 } } }\n");
  }

  private int run(String... arguments) {
    CommandLine command = Tollgate.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  private String gateway() {
    return directory.resolve("gateway.yaml").toString();
  }

  private String rates() {
    return directory.resolve("rates.yaml").toString();
  }

  @Test
  void goodFiles_exitWithZero() {
    assertThat(run("config", "check", "--config", gateway())).isZero();
    assertThat(out.toString()).contains("ok: ").contains("models: 1").doesNotContain("\u001B");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void faultyFile_exitsWithOneAndSaysWhere() throws IOException {
    Files.writeString(directory.resolve("rates.yaml"), "models: {}\nplanz: {}\n");

    assertThat(run("config", "check", "--config", gateway())).isEqualTo(1);
    assertThat(err.toString())
        .contains(rates() + ":2:1: planz: is not a key that is known here; did you mean `plans`?")
        .contains("1 fault");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void faultyFile_asJson_isOneDocument() throws IOException {
    Files.writeString(directory.resolve("rates.yaml"), "models: {}\nplanz: {}\n");

    assertThat(run("rates", "check", rates(), "--json")).isEqualTo(1);
    JsonNode report = JsonMapper.shared().readTree(out.toString());
    assertThat(report.get("ok").asBoolean()).isFalse();
    JsonNode fault = report.get("faults").get(0);
    assertThat(fault.get("file").asString()).isEqualTo(rates());
    assertThat(fault.get("line").asInt()).isEqualTo(2);
    assertThat(fault.get("column").asInt()).isEqualTo(1);
    assertThat(fault.get("key").asString()).isEqualTo("planz");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void goodCard_asJson_isOk() {
    assertThat(run("rates", "check", "--json", rates())).isZero();
    assertThat(JsonMapper.shared().readTree(out.toString()).get("ok").asBoolean()).isTrue();
  }

  @Test
  void missingFile_isAFault() {
    assertThat(run("rates", "check", directory.resolve("none.yaml").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("none.yaml: there is no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "config", "rates", "config chekc", "rates check a b", "--nonsense"})
  void commandLine_thatCannotBeUnderstood_exitsWithTwo(String arguments) {
    assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).isNotEmpty();
  }

  @Test
  void help_exitsWithZero() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("config").contains("rates");
  }
}
