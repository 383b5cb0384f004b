package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal, in the dialect of its route, and which of two comes first. */
@ExtendWith(LeakWatch.class)
class RefusalsTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;
  private static final String UNKNOWN_KEY = "tg_live_nobody_has_this_key";

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(11);
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, '{\"error\":{\"message\":'",
    "/v1/messages,         '{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\"'",
    "/v1/billing/balance,  '{\"error\":{\"code\":\"token_required\"'",
    "/api/payment/balance, '{\"ok\":false,\"error\":\"token_required\"'",
  })
  void noKey_isRefusedInTheDialectOfTheRoute(String path, String beginning) throws Exception {
    boolean isPost = path.contains("chat") || path.contains("messages");

    RawAnswer answer = isPost ? post(path, BODY) : get(path);

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).startsWith(beginning).contains("token_required");
    assertThat(answer.head().field("x-request-id")).startsWith("req_");
  }

  @Test
  void anUnknownKey_comesBeforeABodyThatIsNonsense() throws Exception {
    RawAnswer answer = post("/v1/chat/completions", "}", "authorization", "Bearer " + UNKNOWN_KEY);

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).contains("\"invalid_api_key\"").doesNotContain(UNKNOWN_KEY);
  }

  @Test
  void anUnknownToken_ofThePaymentApi_isNotFound() throws Exception {
    RawAnswer answer = get("/api/payment/balance", "authorization", "Bearer " + UNKNOWN_KEY);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).startsWith("{\"ok\":false,\"error\":\"token_not_found\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                                     | 400 | invalid_request |",
        "[]                                                    | 400 | invalid_request |",
        "{\"messages\":[]}                                     | 400 | invalid_request | model",
        "{\"model\":7}                                         | 400 | invalid_request | model",
        "{\"model\":\"llama-3.3-70b\",\"max_tokens\":0}        | 400 | invalid_request |"
            + " max_tokens",
        "{\"model\":\"llama-3.3-70b\",\"max_tokens\":1.5}      | 400 | invalid_request |"
            + " max_tokens",
        "{\"model\":\"llama-3.3-70b\",\"max_tokens\":1e400}    | 400 | invalid_request |"
            + " max_tokens",
        "{\"model\":\"llama-3.3-70b\",\"n\":0}                 | 400 | invalid_request | n",
        "{\"model\":\"no-such-model\"}                         | 404 | model_not_found |",
        "{\"model\":\"bge-large-en-v1.5\",\"messages\":[]}     | 404 | model_not_found |",
      })
  void aBodyThatCannotBeServed_namesWhatAndWhere(String body, int status, String code, String param)
      throws Exception {
    String key = gateway.createKey("1");

    RawAnswer answer = post("/v1/chat/completions", body, "authorization", "Bearer " + key);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).contains("\"code\":\"" + code + "\"");
    if (param != null) {
      assertThat(answer.text()).contains("\"param\":\"" + param + "\"");
    }
  }

  @Test
  void aBalanceBelowTheQuote_saysWhatIsNeededAndWhatWouldFit() throws Exception {
    long quote = gateway.quoteNanoUsd(BODY);
    String key = gateway.createKey("0.00005");

    RawAnswer answer = post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);

    assertThat(quote).isGreaterThan(50_000);
    assertThat(answer.status()).isEqualTo(402);
    assertThat(answer.text())
        .contains("\"code\":\"insufficient_credits\"")
        .contains("\"required_cents\":1")
        .contains("\"available_cents\":0")
        .contains("\"topup_url\":\"")
        .contains("\"affordable_output_tokens\":79");
  }

  @Test
  void aRevokedKey_isRefusedAtOnceThoughItIsCached() throws Exception {
    String key = gateway.createKey("1");
    assertThat(post("/v1/chat/completions", BODY, "authorization", "Bearer " + key).status())
        .isEqualTo(200);

    gateway.revoke(key);

    RawAnswer answer = post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).contains("revoked");
  }

  @Test
  void aSuspendedAccount_comesBeforeAModelThatIsNotAllowedAndAnEmptyBalance() throws Exception {
    String key = gateway.createKey("0", "{\"models\":[\"gpt-*\"],\"quota_usd\":0}");

    assertThat(codeFor(key)).isEqualTo("403 model_not_allowed");
    gateway.suspend(key);
    assertThat(codeFor(key)).isEqualTo("403 account_suspended");
  }

  @Test
  void concurrency_comesBeforeTheQuota_andTheQuotaBeforeTheBalance() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answering = new CountDownLatch(1);
    OpenAiAnswers openAi = new OpenAiAnswers(1);
    provider.once(
        "/chat/completions",
        request ->
            Script.of(openAi.chat(request)).announce(asked).await(answering).start().rest().end());
    String key = gateway.createKey("0.0001", "{\"quota_usd\":0.0001,\"max_concurrency\":1}");

    try (RawClient first = gateway.connect()) {
      first.post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(codeFor(key)).isEqualTo("429 concurrency_exceeded");
      answering.countDown();
      assertThat(first.readAnswer().status()).isEqualTo(200);
    }
    gateway.awaitSettled(key);
    String twice = gateway.createKey("0.00001", "{\"quota_usd\":0.00001}");
    assertThat(codeFor(twice)).isEqualTo("402 quota_exhausted");
  }

  @Test
  void anUnknownRoute_is404AndAWrongMethod405WithAllow() throws Exception {
    assertThat(get("/v1/nothing").status()).isEqualTo(404);
    RawAnswer answer = get("/v1/chat/completions");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.head().field("allow")).contains("POST");
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD,    /v1/chat/completions,  405",
    "DELETE,  /v1/chat/completions,  405",
    "OPTIONS, /v1/chat/completions,  204",
    "HEAD,    /v1/messages,          405",
    "GET,     /v1/chat/completions/, 404",
    "GET,     /v1/CHAT/completions,  404",
    "HEAD,    /v1/nothing,           404",
    "HEAD,    /,                     404",
    "GET,     //v1/models,           404",
    "PATCH,   /v1/usage,             405",
    "HEAD,    /v1/usage,             401",
  })
  void whatIsNotServed_isToldAndKeepsTheConnection(String method, String path, int status)
      throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.request(method, path).readAnswer();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.body().length == 0).isEqualTo(method.equals("HEAD") || status == 204);
      assertThat(answer.head().field("allow") != null).isEqualTo(status == 405 || status == 204);
      assertThat(client.request("GET", "/v1/nothing").readAnswer().status()).isEqualTo(404);
    }
  }

  @Test
  void aBodyBeyondItsBound_is413() throws Exception {
    String key = gateway.createKey("1");
    String large = "{\"model\":\"" + "x".repeat(GatewayFiles.BODY_BYTES_MAX) + "\"}";

    RawAnswer answer = post("/v1/chat/completions", large, "authorization", "Bearer " + key);

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.text()).contains("\"request_too_large\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions,         '{\"error\":{\"message\":'",
    "/v1/messages,                 '{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\"'",
    "/v1beta/models/a:countTokens, '{\"error\":{\"code\":431'",
    "/api/payment/balance,         '{\"ok\":false,\"error\":\"request_too_large\"'",
  })
  void headersBeyondTheirBound_are431_inTheDialectOfTheRoute(String path, String beginning)
      throws Exception {
    RawAnswer answer = post(path, BODY, "x-large", "x".repeat(100_000));

    assertThat(answer.status()).isEqualTo(431);
    assertThat(answer.text()).startsWith(beginning).containsIgnoringCase("request_too_large");
  }

  @Test
  void aHeadThatIsBroken_isRefusedInTheDialectOfItsOwnRoute_notOfTheOneBefore() throws Exception {
    try (RawClient client = gateway.connect()) {
      assertThat(client.request("GET", "/api/payment/balance").readAnswer().text())
          .startsWith("{\"ok\":false");
      assertThat(client.request("GET", "/v1/usage", "host", "twice").readAnswer().text())
          .startsWith("{\"error\":{\"message\":");
    }
    try (RawClient client = gateway.connect()) {
      client.request("GET", "/api/payment/balance").readAnswer();
      assertThat(client.send("NONSENSE\r\n\r\n").readAnswer().text())
          .as("no path could be read")
          .startsWith("{\"error\":{\"message\":");
    }
  }

  private static String codeFor(String key) throws Exception {
    RawAnswer answer = post("/v1/chat/completions", BODY, "authorization", "Bearer " + key);
    String code = answer.text().replaceFirst("(?s).*\"code\":\"([a-z_]+)\".*", "$1");
    return answer.status() + " " + code;
  }

  private static RawAnswer post(String path, String body, String... fields) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, fields).readAnswer();
    }
  }

  private static RawAnswer get(String path, String... fields) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.request("GET", path, fields).readAnswer();
    }
  }
}
