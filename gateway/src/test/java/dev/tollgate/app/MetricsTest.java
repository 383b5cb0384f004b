package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What Prometheus reads: the names that dashboards rely on, and no label of a client's making. */
@ExtendWith(LeakWatch.class)
class MetricsTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(43).reporting(new ServedUsage(10, 5, 0, 0, 20, 0));
  private static final String NO_LABELS = "";

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)"
              + "(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\""
              + "(?:,[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\")*,?})?"
              + " (NaN|[+-]Inf|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)");

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(43);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway = GatewayForTests.start(provider);
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private RawAnswer post(String path, String body, @Nullable String bearer) throws Exception {
    try (RawClient client = gateway.connect()) {
      return bearer == null
          ? client.post(path, body).readAnswer()
          : client.post(path, body, "authorization", "Bearer " + bearer).readAnswer();
    }
  }

  private void get(String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      client.request("GET", path).readAnswer();
    }
  }

  /** The value of one sample; -1 where there is none. */
  private static double value(String scrape, String name, String labels) {
    String sample = name + (labels.isEmpty() ? "" : "{" + labels + "}") + " ";
    return scrape
        .lines()
        .filter(line -> line.startsWith(sample))
        .mapToDouble(line -> Double.parseDouble(line.substring(sample.length())))
        .findFirst()
        .orElse(-1);
  }

  @Test
  void purchases_areCountedByTheNamesOfTheCard() throws Exception {
    post("/v1/chat/completions", BODY, key);
    post("/v1/chat/completions", BODY.replace("{\"model\"", "{\"stream\":true,\"model\""), key);
    provider.on(
        "/chat/completions",
        request -> Answer.error(400, "{\"error\":{\"message\":\"no\"}}").script());
    post("/v1/chat/completions", BODY, key);
    provider.on(
        "/chat/completions",
        request -> Answer.error(200, "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}").script());
    post("/v1/chat/completions", BODY, key);
    gateway.awaitSettled(key);
    String scrape = gateway.metrics();

    String labels =
        "model=\"llama-3.3-70b\",provider=\"openai-fake\",route=\"/v1/chat/completions\",status=";
    assertThat(value(scrape, "tollgate_requests_total", labels + "\"200\"")).isEqualTo(3);
    assertThat(value(scrape, "tollgate_requests_total", labels + "\"400\"")).isEqualTo(1);
    String model = "model=\"llama-3.3-70b\"";
    assertThat(value(scrape, "tollgate_tokens_total", model + ",type=\"cache_read\""))
        .isEqualTo(2 * 5);
    assertThat(value(scrape, "tollgate_tokens_total", model + ",type=\"output\""))
        .as("two reported, one estimated")
        .isEqualTo(2 * 20 + 1);
    assertThat(value(scrape, "tollgate_tokens_total", model + ",type=\"input\""))
        .isGreaterThan(2 * 10);
    assertThat(value(scrape, "tollgate_usage_estimated_total", "reason=\"missing_usage\""))
        .isEqualTo(1);
    assertThat(value(scrape, "tollgate_cost_usd_total", model))
        .isEqualTo(gateway.spentNanoUsd(key) / 1e9);
    for (String histogram :
        List.of(
            "tollgate_request_seconds",
            "tollgate_time_to_first_byte_seconds",
            "tollgate_overhead_seconds")) {
      assertThat(value(scrape, histogram + "_count", NO_LABELS)).as(histogram).isEqualTo(4);
      assertThat(value(scrape, histogram + "_bucket", "le=\"+Inf\"")).as(histogram).isEqualTo(4);
    }
    assertThat(value(scrape, "tollgate_upstream_seconds_count", "provider=\"openai-fake\""))
        .isEqualTo(4);
  }

  @Test
  void holdsAndConnections_areGaugesOfNow() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answering = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request)).announce(asked).await(answering).start().rest().end());
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

      String during = gateway.metrics();
      assertThat(value(during, "tollgate_holds_open", NO_LABELS)).isEqualTo(1);
      assertThat(value(during, "tollgate_held_usd", NO_LABELS))
          .isEqualTo(gateway.heldNanoUsd(key) / 1e9);
      assertThat(value(during, "tollgate_connections", "side=\"public\"")).isEqualTo(1);
      assertThat(value(during, "tollgate_connections", "side=\"upstream\"")).isEqualTo(1);
      assertThat(value(during, "tollgate_connections", "side=\"ops\"")).isPositive();

      answering.countDown();
      client.readAnswer();
    }
    gateway.awaitSettled(key);
    gateway.await(() -> value(gateway.metrics(), "tollgate_connections", "side=\"public\"") == 0);
    String after = gateway.metrics();
    assertThat(value(after, "tollgate_holds_open", NO_LABELS)).isZero();
    assertThat(value(after, "tollgate_held_usd", NO_LABELS)).isZero();
    assertThat(value(after, "tollgate_settle_journal_depth", NO_LABELS)).isZero();
    assertThat(value(after, "tollgate_ledger_available", NO_LABELS)).isEqualTo(1);
  }

  @Test
  void refusals_ofRoutesDoorsAndTheServer_areAllCounted() throws Exception {
    post("/v1/chat/completions", BODY, null);
    get("/v1/usage");
    post("/v1/chat/completions", BODY, "tg_live_junk");
    post("/v1/chat/completions", "{", key);
    post("/v1/chat/completions", BODY.replace("llama", "junk"), key);
    post("/v1/chat/completions", BODY, gateway.createKey("0"));
    get("/v1/junk");
    get("/v1/chat/completions");
    try (RawClient client = gateway.connect()) {
      client.request("GET", "/", "x-large", "x".repeat(100_000)).readAnswer();
    }
    try (RawClient client = gateway.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n").readAnswer();
    }
    provider.on("/chat/completions", request -> Script.raw("").reset());
    post("/v1/chat/completions", BODY, key);
    gateway.awaitSettled(key);
    String scrape = gateway.metrics();

    assertThat(refusals(scrape, "token_required")).isEqualTo(2);
    assertThat(refusals(scrape, "invalid_api_key")).isEqualTo(1);
    assertThat(refusals(scrape, "invalid_request")).as("a body, and a head").isEqualTo(2);
    assertThat(refusals(scrape, "model_not_found")).isEqualTo(1);
    assertThat(refusals(scrape, "insufficient_credits")).isEqualTo(1);
    assertThat(refusals(scrape, "not_found")).isEqualTo(1);
    assertThat(refusals(scrape, "method_not_allowed")).isEqualTo(1);
    assertThat(refusals(scrape, "request_too_large")).isEqualTo(1);
    assertThat(refusals(scrape, "upstream_error")).isEqualTo(1);
    assertThat(scrape).doesNotContain("junk").doesNotContain(key).doesNotContain("acct_");
    assertThat(scrape).doesNotContain("tollgate_requests_total{model=\"\"");
  }

  private static double refusals(String scrape, String code) {
    return value(scrape, "tollgate_refusals_total", "code=\"" + code + "\"");
  }

  @Test
  void everyLine_isOfTheTextFormat() throws Exception {
    post("/v1/chat/completions", BODY, key);
    gateway.awaitSettled(key);
    String scrape = gateway.metrics();

    Set<String> samples = new HashSet<>();
    Set<String> families = new HashSet<>();
    String family = "";
    for (String line : scrape.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        family = line.split(" ", -1)[2];
        assertThat(families.add(family)).as("one family of " + family).isTrue();
        assertThat(line).matches("# TYPE \\S+ (counter|gauge|histogram|summary|untyped)");
      } else if (!line.startsWith("# HELP ")) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).startsWith(family);
        assertThat(samples.add(line.substring(0, line.lastIndexOf(' ')))).as(line).isTrue();
      }
    }
    assertThat(families)
        .contains(
            "tollgate_requests_total", "tollgate_config_reloads_total", "jvm_memory_used_bytes");
    assertThat(scrape).endsWith("\n").contains("# TYPE tollgate_request_seconds histogram");
  }
}
