package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.RequestId;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fields that every answer carries, whoever gives it. */
@ExtendWith(LeakWatch.class)
class AnswerHeadersTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(61);
  private static final AnthropicAnswers ANTHROPIC = new AnthropicAnswers(61);

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static String key;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(61);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    provider.on("/embeddings", request -> OPEN_AI.embeddings(request).script());
    provider.on("/messages", request -> ANTHROPIC.messages(request).script());
    gateway = GatewayForTests.start(provider);
    key = gateway.createKey("10");
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static RawAnswer post(String path, String body, String bearer) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, "authorization", "Bearer " + bearer).readAnswer();
    }
  }

  private static RawAnswer request(
      RawClient connection, String method, String path, String... fields) throws Exception {
    try (connection) {
      return connection.request(method, path, fields).readAnswer();
    }
  }

  private static RawAnswer send(RawClient connection, String bytes) throws Exception {
    try (connection) {
      return connection.send(bytes).readAnswer();
    }
  }

  private static String assertId(RawAnswer answer) {
    List<String> ids = answer.head().all("x-request-id");
    assertThat(ids).singleElement().matches(RequestId::isRequestId);
    return ids.getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, llama-3.3-70b,     false",
    "/v1/chat/completions, llama-3.3-70b,     true",
    "/v1/embeddings,       bge-large-en-v1.5, false",
    "/v1/messages,         claude-sonnet,     false",
    "/v1/messages,         claude-sonnet,     true",
  })
  void everyMeteredAnswer_hasAnId_thatItsGenerationIsFoundBy(
      String path, String model, boolean isStreamed) throws Exception {
    String body =
        BODY.replace("llama-3.3-70b", model).replace("{\"model\"", "{\"input\":\"a\",\"model\"");

    RawAnswer answer =
        post(
            path,
            isStreamed ? body.replace("{\"input\"", "{\"stream\":true,\"input\"") : body,
            key);

    assertThat(answer.status()).isEqualTo(200);
    String id = assertId(answer);
    String cost = answer.head().field("x-tollgate-cost-usd");
    assertThat(cost == null).isEqualTo(isStreamed);
    assertThat(gateway.generation(key, id).path("endpoint").asString()).isEqualTo(path);
    if (cost != null) {
      assertThat(gateway.generation(key, id).path("actual_cost").decimalValue())
          .isEqualByComparingTo(cost);
    }
  }

  @Test
  void anIdOfTheClientsOrTheProviders_doesNotTakeItsPlace() throws Exception {
    provider.once(
        "/chat/completions",
        request ->
            Script.raw(
                    """
                    HTTP/1.1 200 OK\r
                    content-type: application/json\r
                    content-length: 2\r
                    x-request-id: theirs\r
                    x-tollgate-cost-usd: 99\r
                    x-tollgate-usage: reported\r
                    x-ratelimit-limit-requests: 7\r
                    \r
                    {}\
                    """)
                .end());
    RawAnswer answer;
    try (RawClient client = gateway.connect()) {
      answer =
          client
              .post(
                  "/v1/chat/completions",
                  BODY,
                  "authorization",
                  "Bearer " + key,
                  "x-request-id",
                  "req_0123456789abcdefghjkmnpq")
              .readAnswer();
    }

    assertThat(assertId(answer)).isNotEqualTo("req_0123456789abcdefghjkmnpq");
    assertThat(answer.head().field("x-upstream-request-id")).isEqualTo("theirs");
    assertThat(answer.head().all("x-tollgate-cost-usd")).hasSize(1).doesNotContain("99");
    assertThat(answer.head().all("x-tollgate-usage")).doesNotContain("reported");
    assertThat(answer.head().field("x-ratelimit-limit-requests")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,     /v1/models",
    "GET,     /v1/usage",
    "GET,     /v1/billing/balance",
    "GET,     /api/v1/billing/balance",
    "GET,     /api/payment/balance",
    "GET,     /v1/generations/req_0123456789abcdefghjkmnpq",
    "GET,     /v1/generations/nonsense",
    "HEAD,    /v1/models",
    "GET,     /v1/nothing",
    "GET,     /",
    "GET,     /v1/usage?%",
    "OPTIONS, /v1/models",
    "OPTIONS, *",
    "DELETE,  /v1/models",
    "GET,     /v1/chat/completions",
    "POST,    /v1/chat/completions",
  })
  void everyOtherAnswerOfThePublicPort_hasAnId_withAKeyOrWithout(String method, String path)
      throws Exception {
    assertId(request(gateway.connect(), method, path, "authorization", "Bearer " + key));
    assertId(request(gateway.connect(), method, path, "authorization", "Bearer unknown"));
    RawAnswer anonymous = request(gateway.connect(), method, path);
    assertId(anonymous);
    assertThat(anonymous.head().toString().toLowerCase(Locale.ROOT)).doesNotContain("x-ratelimit");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /metrics",
    "GET,    /health/live",
    "GET,    /health/ready",
    "GET,    /admin/v1/accounts",
    "GET,    /admin/v1/accounts/acct_none",
    "GET,    /admin/v1/config",
    "POST,   /admin/v1/accounts",
    "DELETE, /admin/v1/accounts",
    "GET,    /admin/v1/nothing",
    "OPTIONS, /metrics",
  })
  void everyAnswerOfTheOpsPort_hasAnId_withATokenOrWithout(String method, String path)
      throws Exception {
    String token = "Bearer " + gateway.adminToken();
    assertId(request(gateway.connectOps(), method, path, "authorization", token));
    assertId(request(gateway.connectOps(), method, path));
  }

  @Test
  void whatTheServerRefuses_hasAnId() throws Exception {
    List<RawAnswer> refused = new ArrayList<>();
    List<Callable<RawClient>> ports = List.of(gateway::connect, gateway::connectOps);
    for (Callable<RawClient> port : ports) {
      refused.add(request(port.call(), "GET", "/v1/models", "x-large", "x".repeat(100_000)));
      for (String broken :
          List.of(
              "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
              "GET / HTTP/1.1\r\n\r\n",
              "GET / HTTP/3.7\r\nhost: a\r\n\r\n",
              "NONSENSE\r\n\r\n",
              "POST /v1/models HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n")) {
        refused.add(send(port.call(), broken));
      }
      refused.add(send(port.call(), "GET /v1/models HTTP/1.0\r\n\r\n"));
    }

    assertThat(refused).allMatch(answer -> answer.status() >= 400);
    assertThat(refused.stream().map(AnswerHeadersTest::assertId)).doesNotHaveDuplicates();
  }

  @Test
  void refusalsOfMeteredCalls_haveAnId_andCostNothing() throws Exception {
    String limited = gateway.createKey("1", "{\"rpm\":1,\"tpm\":100000}");
    RawAnswer served = post("/v1/chat/completions", BODY, limited);
    provider.once("/chat/completions", request -> Script.raw("no HTTP\r\n\r\n").close());
    provider.once("/chat/completions", request -> Answer.error(418, "{\"error\":{}}").script());
    List<RawAnswer> refused =
        List.of(
            post("/v1/chat/completions", BODY, "unknown"),
            post("/v1/chat/completions", "{", key),
            post("/v1/chat/completions", BODY.replace("llama", "alpaca"), key),
            post("/v1/chat/completions", BODY, gateway.createKey("0")),
            post("/v1/chat/completions", BODY, limited),
            post("/v1/messages", BODY, "unknown"),
            post("/v1/chat/completions", BODY, key),
            post("/v1/chat/completions", BODY, key));

    assertThat(served.head().field("x-ratelimit-remaining-requests")).isEqualTo("0");
    assertThat(refused)
        .extracting(RawAnswer::status)
        .containsExactly(401, 400, 404, 402, 429, 401, 502, 418);
    for (RawAnswer answer : refused) {
      assertId(answer);
      assertThat(answer.head().all("x-tollgate-cost-usd")).containsExactly("0");
      assertThat(answer.head().field("x-tollgate-usage")).isNull();
    }
    for (String name : List.of("limit", "remaining", "reset")) {
      for (String unit : List.of("requests", "tokens")) {
        String field = "x-ratelimit-" + name + "-" + unit;
        assertThat(served.head().field(field)).as(field).isNotNull();
        assertThat(refused.get(4).head().field(field)).as(field).isNotNull();
      }
    }
  }

  @Test
  void anErrorOfTheProviders_stillSaysWhatIsLeftOfTheMinute() throws Exception {
    String limited = gateway.createKey("1", "{\"rpm\":5}");
    provider.once("/chat/completions", request -> Answer.error(400, "{\"error\":{}}").script());
    provider.once("/chat/completions", request -> Script.raw("no HTTP\r\n\r\n").close());

    RawAnswer passed = post("/v1/chat/completions", BODY, limited);
    RawAnswer broken = post("/v1/chat/completions", BODY, limited);

    assertThat(passed.status()).isEqualTo(400);
    assertThat(broken.status()).isEqualTo(502);
    for (RawAnswer answer : List.of(passed, broken)) {
      assertThat(answer.head().field("x-ratelimit-limit-requests")).isEqualTo("5");
      assertThat(Objects.requireNonNull(answer.head().field("x-ratelimit-remaining-requests")))
          .matches("[34]");
    }
  }
}
