package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.LogWatch;
import dev.tollgate.upstream.ProviderHealth;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Providers are asked whether they are well, and who is not is tried last. */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthCheckTest {
  private static final String CHAT = "/chat/completions";
  private static final String CHECK = "/models";
  private static final long AN_HOUR = TimeUnit.HOURS.toMillis(1);
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(71).reporting(ServedUsage.of(10, 20));

  private static final String MODELS =
      """
      shared:
        targets: [ { provider: checked, model: m }, { provider: second, model: m } ]
        prices: { input: 0.20, output: 0.60 }
      alone: { targets: [ { provider: checked, model: n } ], prices: { input: 0.20, output: 0.60 } }
      """;

  private final Queue<ReceivedRequest> checks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private FakeProvider first;
  private FakeProvider second;
  private GatewayForTests gateway;
  private String key;

  @BeforeAll
  void start() throws Exception {
    first = FakeProvider.start(71);
    second = FakeProvider.start(73).on(CHAT, request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            first,
            GatewaySetup.USUAL
                .limits(
                    """
                    breakers:
                      { calls_min: 2, window_calls: 2, rest_millis: 1h, rest_millis_max: 1h, trial_calls: 1,
                        slow_start_millis: 1h }
                    """)
                .with(providersAt(first.baseUrl(), second.baseUrl()), MODELS));
    key = gateway.createKey("10");
  }

  private static String providersAt(URI checked, URI second) {
    return """
    checked:
      dialect: openai
      base_url: "%s"
      api_key: the-key
      query: { api-version: v1 }
      headers: { add: { x-tenant: us } }
      health_check:
        interval_millis: 100ms
        answer_millis_max: 250ms
        failures_max: 2
        successes_min: 2
        answer_bytes_max: 1KiB
    second: { dialect: openai, base_url: "%s" }
    """
        .formatted(checked, second);
  }

  @AfterAll
  void stop() throws Exception {
    gateway.close();
    second.close();
    first.close();
  }

  @BeforeEach
  void allIsWell() throws Exception {
    first.on(
        CHAT,
        request -> {
          served.incrementAndGet();
          return OPEN_AI.chat(request).script();
        });
    answerChecks(200);
    gateway.await(
        () -> {
          gateway.passMillis(AN_HOUR);
          return ask("alone") == 200 && states().equals("ok ok ok");
        });
    gateway.passMillis(AN_HOUR);
    served.set(0);
  }

  private void answerChecks(int status) {
    answerChecks(Answer.ofNothing(status, "{}").script());
  }

  private void answerChecks(Script script) {
    first.on(
        CHECK,
        request -> {
          checks.add(request);
          return script;
        });
  }

  private int ask(String model) throws Exception {
    String body = "{\"model\":\"%s\",\"max_tokens\":30,\"messages\":[]}".formatted(model);
    return gateway.ask(key, "POST", "/v1/chat/completions", body).statusCode();
  }

  /** Of the checked provider, and of its models: the one it shares, the one it serves alone. */
  private String states() throws Exception {
    JsonNode provider = told();
    return provider.path("status").asString()
        + " "
        + status(provider, "shared")
        + " "
        + status(provider, "alone");
  }

  private static String status(JsonNode provider, String model) {
    for (JsonNode its : provider.path("models")) {
      if (its.path("model").asString().equals(model)) {
        return its.path("status").asString();
      }
    }
    throw new AssertionError("not told of: " + model);
  }

  private JsonNode told() throws Exception {
    for (JsonNode provider : gateway.get(key, "/v1/status").path("providers")) {
      if (provider.path("provider").asString().equals("checked")) {
        return provider;
      }
    }
    throw new AssertionError("not told of");
  }

  private int checked(String outcome) throws Exception {
    return gateway.counted(
        "tollgate_health_checks_total{outcome=\"%s\",provider=\"checked\"}".formatted(outcome));
  }

  private void awaitMoreChecks(String outcome, int more) throws Exception {
    int before = checked(outcome);
    gateway.await(() -> checked(outcome) >= before + more);
  }

  private static List<String> of(LogWatch log, String beginning) {
    return log.messages().stream().filter(line -> line.startsWith(beginning)).toList();
  }

  @Test
  void check_isACallLikeAnyOther_withTheProvidersKey_andCostsNobodyAnything() throws Exception {
    gateway.awaitSettled(key);
    long spent = gateway.spentNanoUsd(key);
    checks.clear();
    awaitMoreChecks("passed", 2);

    ReceivedRequest check = checks.remove();
    assertThat(check.head().startLine()).isEqualTo("GET /v1/models?api-version=v1 HTTP/1.1");
    assertThat(check.head().all("authorization")).containsExactly("Bearer the-key");
    assertThat(check.head().all("x-tenant")).containsExactly("us");
    assertThat(check.head().all("user-agent")).containsExactly("tollgate-health-check");
    assertThat(check.head().raw()).asString(StandardCharsets.US_ASCII).doesNotContain(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(spent);
    assertThat(gateway.metrics()).doesNotContain("route=\"/v1/models\"");
  }

  @Test
  void providerWhoseChecksFail_isTriedLast_untilTheyPassAgain() throws Exception {
    try (LogWatch causes = LogWatch.of(ProviderHealth.class);
        LogWatch states = LogWatch.of(StateLog.class)) {
      answerChecks(503);
      gateway.await(() -> states().equals("down down down"));
      gateway.await(() -> of(states, "checked is down").size() == 1);
      for (int i = 0; i < 5; i++) {
        assertThat(ask("shared")).isEqualTo(200);
      }
      assertThat(served).hasValue(0);
      assertThat(gateway.metrics())
          .contains("tollgate_upstream_state{provider=\"checked\"} 2.0")
          .contains("tollgate_target_state{model=\"alone\",provider=\"checked\"} 2.0")
          .contains("tollgate_target_state{model=\"shared\",provider=\"second\"} 0.0")
          .contains("tollgate_upstream_state{provider=\"second\"} 0.0");

      answerChecks(200);
      gateway.await(() -> states().equals("degraded degraded degraded"));
      gateway.passMillis(AN_HOUR);
      assertThat(states()).isEqualTo("ok ok ok");
      for (int i = 0; i < 5; i++) {
        assertThat(ask("shared")).isEqualTo(200);
      }
      assertThat(served).hasValue(5);
      gateway.await(() -> of(states, "checked").getLast().startsWith("checked is ok"));

      assertThat(causes.messages())
          .containsExactly(
              "checked fails its health checks, and others are tried before it: it answered 503",
              "checked passes its health checks again");
      assertThat(of(states, "checked is down"))
          .singleElement()
          .asString()
          .matches("checked is down, and was (ok|degraded): shared down, alone down");
      assertThat(of(states, "checked is degraded")).hasSizeLessThanOrEqualTo(1);
      assertThat(of(states, "second")).isEmpty();
    }
  }

  @Test
  void checksThatFail_takeNothingAwayFromWhoHasNoOther_andRealAnswersOutweighThem()
      throws Exception {
    answerChecks(404);
    gateway.await(() -> states().equals("down down down"));

    assertThat(ask("alone")).isEqualTo(200);
    assertThat(states()).isEqualTo("degraded degraded degraded");
    gateway.passMillis(500);
    assertThat(states()).isEqualTo("down down down");
  }

  @Test
  void breakersRest_endsWhenChecksThatFailedPass_andNotBefore() throws Exception {
    first.on(CHAT, request -> Answer.error(500, "{}").script());
    ask("alone");
    ask("alone");
    awaitMoreChecks("passed", 3);
    assertThat(ask("alone")).isEqualTo(502);

    answerChecks(503);
    awaitMoreChecks("failed", 2);
    assertThat(ask("alone")).isEqualTo(502);
    first.on(CHAT, request -> OPEN_AI.chat(request).script());
    answerChecks(200);
    gateway.await(() -> ask("alone") == 200);
  }

  @Test
  void silenceFails_aLongAnswerPasses_andOneThatIsAskedTooMuchSaysNothing() throws Exception {
    answerChecks(Script.of(Answer.ofNothing(200, "")).startChunked().repeat(new byte[512], 1_000));
    awaitMoreChecks("passed", 2);
    answerChecks(429);
    awaitMoreChecks("untold", 3);
    assertThat(told().path("status").asString()).isEqualTo("ok");

    answerChecks(Script.silence());
    gateway.await(() -> told().path("status").asString().equals("down"));
    answerChecks(429);
    awaitMoreChecks("untold", 3);
    assertThat(told().path("status").asString()).isEqualTo("down");
  }

  @Test
  void latencyOfChecks_isTold_whereThereIsNoTraffic() throws Exception {
    assertThat(told().path("latency_ms").isNumber()).isTrue();
    for (JsonNode model : told().path("models")) {
      assertThat(model.path("latency_ms").isNumber()).isTrue();
    }
    assertThat(gateway.metrics())
        .containsPattern(
            "tollgate_target_latency_seconds\\{model=\"shared\",provider=\"checked\"} [0-9.]+");
  }

  @Test
  void reload_beginsAndEndsChecks_andThoseOfAStoppedGatewayEnd() throws Exception {
    AtomicInteger pings = counted("/ping");
    AtomicInteger pongs = counted("/pong");
    String plain = "other: { dialect: openai, base_url: \"%s\" }".formatted(first.baseUrl());
    String pinged =
        plain.replace(" }", ", health_check: { path: /ping, interval_millis: 100ms } }");
    String ponged = pinged.replace("/ping", "/pong");
    try (GatewayForTests other = GatewayForTests.start(first, GatewaySetup.USUAL.with(plain, ""))) {
      reload(other, plain, pinged);
      other.await(() -> pings.get() >= 2);

      reload(other, pinged, ponged);
      other.await(() -> pongs.get() >= 2);

      reload(other, ponged, plain);
      assertEnded(pongs);

      reload(other, plain, pinged);
      int before = pings.get();
      other.await(() -> pings.get() > before);
    }
    assertEnded(pings);
  }

  private AtomicInteger counted(String path) {
    AtomicInteger count = new AtomicInteger();
    first.on(
        path,
        request -> {
          count.incrementAndGet();
          return Answer.ofNothing(200, "").script();
        });
    return count;
  }

  private static void reload(GatewayForTests gateway, String from, String to) throws Exception {
    gateway.editGateway(file -> file.replace(from, to));
    gateway.admin("POST", "/admin/v1/reload", "{}");
  }

  /** Once what was under way has come, no more do. */
  private static void assertEnded(AtomicInteger requests) throws Exception {
    Thread.sleep(50);
    int ended = requests.get();
    Thread.sleep(250);
    assertThat(requests).hasValue(ended);
  }
}
