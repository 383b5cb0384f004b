package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openapi.ApiDescription;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The public port is as docs/openapi.yaml says, and the other way round. */
class OpenApiTest {
  private static final ApiDescription DESCRIPTION = ApiDescription.read();
  private static final String CHAT =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;
  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(65);

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static String key;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(65);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway = GatewayForTests.start(provider);
    key = gateway.createKey("10", "{\"quota_usd\":5,\"windows_usd\":{\"5h\":1,\"1d\":2}}");
    buy();
  }

  /** So that there is something to be told. */
  private static void buy() throws Exception {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      client.post("/v1/chat/completions", CHAT, "authorization", "Bearer " + key).readAnswer();
    }
    gateway.awaitSettled(key);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static RawAnswer ask(String method, String path, String bearer) throws Exception {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      return client.request(method, path, "authorization", "Bearer " + bearer).readAnswer();
    }
  }

  private static void assertDescribed(String method, String path, RawAnswer answer) {
    assertThat(
            DESCRIPTION.faults(
                method, path, answer.status(), answer.head().field("content-type"), answer.body()))
        .as("%s %s: %s", method, path, answer.text())
        .isEmpty();
  }

  @Test
  void everyPath_isDescribed_andNoOther() {
    assertThat(DESCRIPTION.operations().keySet())
        .containsExactlyInAnyOrderElementsOf(gateway.publicPaths());
  }

  @Test
  void everyMethod_isDescribed_andNoOther() throws Exception {
    for (var path : DESCRIPTION.operations().entrySet()) {
      RawAnswer answer = ask("OPTIONS", path.getKey().replaceAll("\\{\\w+}", "x"), key);
      Set<String> allowed =
          new TreeSet<>(
              Set.of(Objects.requireNonNull(answer.head().field("allow")).split(", ?", -1)));
      allowed.removeAll(Set.of("HEAD", "OPTIONS"));
      assertThat(allowed).as(path.getKey()).isEqualTo(path.getValue());
    }
  }

  @Test
  void theDescription_isServedToAnybody() throws Exception {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      RawAnswer answer = client.request("GET", "/openapi.yaml").readAnswer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.head().field("content-type")).isEqualTo("application/yaml");
      assertThat(answer.text()).isEqualTo(Files.readString(Path.of("../docs/openapi.yaml")));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models,               true",
    "/v1/usage,                true",
    "/v1/usage,                false",
    "/v1/billing/balance,      true",
    "/api/v1/billing/balance,  true",
    "/api/payment/balance,     true",
    "/api/payment/usage,       true",
    "/api/payment/history,     true",
    "/api/payment/spend-cap,   true",
    "/v1/billing/transactions, true",
    "/v1/billing/usage,        true",
    "/v1/billing/usage?group_by=key, true",
    "/v1/billing/requests,     true",
    "/v1/billing/spending_limits, true",
    "/v1/billing/packages,     true",
    "/v1/billing/plans,        true",
    "/v1/keys,                 true",
  })
  void anAnswer_isAsDescribed(String path, boolean isLimited) throws Exception {
    RawAnswer answer = ask("GET", path, isLimited ? key : gateway.createKey("1"));

    assertThat(answer.status()).isEqualTo(200);
    assertDescribed("GET", path, answer);
  }

  @Test
  void aGeneration_isAsDescribed() throws Exception {
    String id;
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      id =
          client
              .post("/v1/chat/completions", CHAT, "authorization", "Bearer " + key)
              .readAnswer()
              .head()
              .field("x-request-id");
    }
    String path = "/v1/generations/" + id;
    assertDescribed("GET", path, ask("GET", path, key));
    gateway.generation(key, id);
    assertDescribed("GET", path, ask("GET", path, key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tg_live_nobody_has_this_key", ""})
  void refusals_ofEveryPath_areAsDescribed(String bearer) throws Exception {
    for (var path : DESCRIPTION.operations().entrySet()) {
      for (String method : path.getValue()) {
        String asked = path.getKey().replaceAll("\\{\\w+}", "x");
        assertDescribed(method, asked, ask(method, asked, bearer));
      }
    }
  }
}
