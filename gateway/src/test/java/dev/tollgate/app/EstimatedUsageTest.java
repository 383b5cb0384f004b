package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.proxy.EstimateLog;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.LogWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Where a usage is an estimate, everybody is told: the ledger, the log, the metrics, the customer.
 */
@ExtendWith(LeakWatch.class)
class EstimatedUsageTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(59).reporting(ServedUsage.of(10, 20));

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED = BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;
  private LogWatch log;

  @BeforeEach
  void start() throws Exception {
    log = LogWatch.of(EstimateLog.class);
    provider = FakeProvider.start(59);
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.onDisconnect("cancel"));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
    log.close();
  }

  private RawAnswer ask(String body, Function<ReceivedRequest, Script> script) throws Exception {
    provider.on("/chat/completions", script::apply);
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  /** Event, log, metric and API all say so, and agree on what it cost. */
  private void assertTold(String requestId, String reason) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("request", requestId)
        .containsEntry("estimated", reason);

    JsonNode data = gateway.generation(key, requestId);
    assertThat(data.path("is_estimated").asBoolean()).isTrue();
    assertThat(data.path("estimated_reason").asString()).isEqualTo(reason);
    assertThat(data.path("usage").path("output_tokens").asLong()).isPositive();
    assertThat(data.path("actual_cost").decimalValue())
        .isPositive()
        .isEqualByComparingTo(new BigDecimal(gateway.spentNanoUsd(key)).movePointLeft(9));

    assertThat(gateway.metrics())
        .contains("tollgate_usage_estimated_total{reason=\"" + reason + "\"} 1.0\n");
    assertThat(log.messages())
        .singleElement()
        .asString()
        .startsWith("usage estimated request=" + requestId + " reason=" + reason + " ")
        .contains("route=/v1/chat/completions model=llama-3.3-70b provider=openai-fake")
        .contains("cost_usd=" + data.path("actual_cost").decimalValue().toPlainString() + " ")
        .doesNotContain("Hello")
        .doesNotContain(key)
        .doesNotContain(gateway.keyRef(key).key().value())
        .doesNotContain(gateway.accountId(key).value());
  }

  private static String idOf(RawAnswer answer) {
    return Objects.requireNonNull(answer.head().field("x-request-id"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing_usage | {\"choices\":[{\"message\":{\"content\":\"How are you today?\"}}]}",
        "strange_usage | {\"choices\":[{\"message\":{\"content\":\"Hi\"}}],\"usage\":"
            + "{\"prompt_tokens\":-5,\"completion_tokens\":1}}",
        "strange_usage | {\"choices\":[{\"message\":{\"content\":\"Hi\"}}],\"usage\":"
            + "{\"prompt_tokens\":5,\"completion_tokens\":1e400}}",
      })
  void aPlainAnswer_withoutUsageOrWithAStrangeOne_isMarked(String reason, String body)
      throws Exception {
    RawAnswer answer = ask(BODY, request -> Answer.error(200, body).script());

    assertThat(answer.text()).isEqualTo(body);
    assertThat(answer.head().field("x-tollgate-usage")).isEqualTo("estimated");
    assertTold(idOf(answer), reason);
    assertThat(answer.head().field("x-tollgate-cost-usd"))
        .isEqualTo(
            gateway.generation(key, idOf(answer)).path("actual_cost").decimalValue().toString());
  }

  @Test
  void aStream_thatBreaks_isMarked() throws Exception {
    RawAnswer answer =
        ask(
            STREAMED,
            request -> Script.of(OPEN_AI.chat(request)).start().parts(6).pauseMillis(50).reset());

    assertThat(answer.isWhole()).isFalse();
    assertTold(idOf(answer), "upstream_broke");
  }

  @Test
  void aStream_thatIsHungUpOn_isMarked() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(OPEN_AI.chat(request)).start().parts(4).awaitPeerGone());
    String id;
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      id = Objects.requireNonNull(client.readHead().field("x-request-id"));
      assertThat(client.readBody(100)).isNotEmpty();
      client.reset();
    }

    assertTold(id, "client_gone");
  }

  @Test
  void aReportedUsage_isNotMarked() throws Exception {
    RawAnswer answer = ask(BODY, request -> OPEN_AI.chat(request).script());

    JsonNode data = gateway.generation(key, idOf(answer));
    assertThat(data.path("is_estimated").asBoolean()).isFalse();
    assertThat(data.path("estimated_reason").isNull()).isTrue();
    assertThat(answer.head().field("x-tollgate-usage")).isNull();
    assertThat(gateway.metrics())
        .doesNotContain("tollgate_usage_estimated_total{reason=\"missing_usage\"}")
        .contains("tollgate_usage_estimated_total{reason=\"abandoned\"} 0.0");
    assertThat(log.messages()).isEmpty();
  }
}
