package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** `demo`, and what it prints, pasted. */
class DemoIT {
  private static final int READY_SECONDS_MAX = 30;
  private static final long CREDIT_NANO_USD = 10_000_000_000L;
  private static final Pattern CALL =
      Pattern.compile("curl -sN? (\\S+) -H \"Authorization: (.+?)\" .*-d '(.+)'", Pattern.DOTALL);

  @TempDir private Path directory;

  private Path temporary;
  private TollgateProcess demo;
  private long readyMillis;

  @BeforeEach
  void start() throws Exception {
    temporary = directory.toRealPath();
    long startedNanos = System.nanoTime();
    demo = TollgateProcess.start(temporary, Map.of(), "demo", "--port", "0", "--ops-port", "0");
    demo.awaitLine(READY_SECONDS_MAX, "tollgate balance --url");
    readyMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
  }

  @AfterEach
  void stop() throws Exception {
    demo.close();
    Leftovers.awaitNone(temporary, 5);
  }

  @Test
  void whatIsPrinted_answersWhenPasted_andCostsWhatItShould() throws Exception {
    System.out.println("demo: ready after " + readyMillis + " ms");
    assertThat(consolePage()).contains("<title>Tollgate console</title>", "/account/console.js");

    long firstCost = costNanoUsd(Json.parse(bytes(call(printed("a first call")))).path("usage"));
    assertThat(firstCost).isPositive();
    long afterFirst = CREDIT_NANO_USD - firstCost;
    assertThat(balanceNanoUsd()).isEqualTo(afterFirst);

    String stream = call(printed("the same, streamed"));
    assertThat(stream).startsWith("data: {").endsWith("data: [DONE]").doesNotContain("\"usage\"");
    long afterStream = balanceNanoUsd();
    assertThat(afterStream).isLessThan(afterFirst);

    String counted =
        call(
            printed("the same, streamed")
                .replace(
                    "\"stream\":true",
                    "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    assertThat(balanceNanoUsd()).isEqualTo(afterStream - costNanoUsd(usageOf(counted)));
  }

  @Test
  void end_leavesNothingBehind() throws Exception {
    demo.terminate();

    assertThat(demo.awaitExit()).isIn(0, 128 + 15);
    assertNothingIsLeft();
  }

  @Test
  void portThatIsTaken_isRefusedAndLeavesNothingBehind() throws Exception {
    demo.terminate();
    demo.awaitExit();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      try (TollgateProcess refused =
          TollgateProcess.start(temporary, Map.of(), "demo", "--port", port, "--ops-port", "0")) {
        assertThat(refused.awaitExit()).isEqualTo(1);
        assertThat(refused.err())
            .contains("tollgate: cannot start: cannot listen on 127.0.0.1:" + port)
            .doesNotContain("\tat ");
      }
    }
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() throws Exception {
    Leftovers.awaitNone(temporary, 5);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  /** The command below that comment. */
  private String printed(String title) {
    Matcher block =
        Pattern.compile("# " + title + "\n(.+?)(\n\n|\n?$)", Pattern.DOTALL).matcher(demo.out());
    assertThat(block.find()).as(demo.out()).isTrue();
    return block.group(1);
  }

  private String consolePage() throws Exception {
    Matcher address = Pattern.compile("console +(http\\S+)").matcher(demo.out());
    assertThat(address.find()).as(demo.out()).isTrue();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(address.group(1))).build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  /** Pastes a curl; without a curl on this machine, makes the same call. */
  private String call(String curl) throws Exception {
    if (sh("command -v curl || true").isEmpty()) {
      return callWithout(curl);
    }
    return sh(curl);
  }

  private static String callWithout(String curl) throws IOException, InterruptedException {
    Matcher parts = CALL.matcher(curl);
    assertThat(parts.find()).as(curl).isTrue();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(parts.group(1)))
            .header("Authorization", parts.group(2))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(parts.group(3)))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body().strip();
    }
  }

  /** Pastes the command for the balance, once nothing is held any more. */
  private long balanceNanoUsd() throws Exception {
    Matcher admin =
        Pattern.compile("TOLLGATE_ADMIN_TOKEN=(\\S+) .* --ops-url (\\S+)").matcher(demo.out());
    assertThat(admin.find()).as(demo.out()).isTrue();
    ApiClient client = new ApiClient(admin.group(2), admin.group(1));
    Within.seconds(
        30,
        "all is settled",
        () ->
            client.get("/admin/v1/accounts").path("data").path(0).path("held_usd").intValue() == 0);
    Matcher balance =
        Pattern.compile("(?m)^balance +([0-9.]+)$").matcher(sh(printed("what is left")));
    assertThat(balance.find()).isTrue();
    return Money.parseUsd(balance.group(1));
  }

  private String sh(String command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", command).directory(TollgateProcess.PROJECT.toFile());
    builder.environment().clear();
    builder.environment().putAll(TollgateProcess.bareEnvironment(temporary));
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(command).isZero();
      return said.strip();
    } finally {
      process.destroyForcibly();
    }
  }

  private static JsonNode usageOf(String stream) {
    String last =
        stream
            .lines()
            .filter(line -> line.contains("\"usage\":{"))
            .reduce((earlier, later) -> later)
            .orElseThrow();
    return Json.parse(bytes(last.substring("data: ".length()))).path("usage");
  }

  private static long costNanoUsd(JsonNode usage) {
    return usage.path("prompt_tokens").asLong() * GatewayFolder.INPUT_NANO_USD
        + usage.path("completion_tokens").asLong() * GatewayFolder.OUTPUT_NANO_USD;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
