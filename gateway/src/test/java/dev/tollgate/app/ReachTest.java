package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a provider sees of requests that are shaped by its section of the gateway's file. */
@ExtendWith(LeakWatch.class)
class ReachTest {
  private static final String MODELS =
      """
      of-azure: { targets: [ { provider: azure, model: "gpt 4o/eu" } ], prices: { input: 1, output: 1 } }
      of-ruled: { targets: [ { provider: ruled, model: m } ], prices: { input: 1, output: 1 } }
      """;

  private static final String ANSWER =
      """
      {"choices":[{"message":{"content":"A penny."}}],"usage":{"prompt_tokens":10,"completion_tokens":20,\
      "total_tokens":30}}\
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(61);
    provider.on(
        "/openai/deployments/gpt%204o%2Feu/chat/completions",
        request -> Answer.error(200, ANSWER).script());
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.with(providersAt(provider.baseUrl().toString()), MODELS));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static String providersAt(String url) {
    return """
    azure:
      dialect: openai
      base_url: "%1$s/openai/deployments/{model}"
      api_key: the-key
      variant: azure
      query: { api-version: 2024-10-21 }
    ruled:
      dialect: openai
      base_url: "%1$s"
      api_key: the-key
      headers:
        remove: [ User-Agent, x-gone ]
        rename: { x-team: x-department, X-Left: x-right, x-right: x-left }
        add: { X-Tenant: "${PROVIDER_KEY}, and more", x-department-of: us }
    """
        .formatted(url);
  }

  private RawAnswer ask(String model, String query, String... headers) throws Exception {
    String[] all = new String[headers.length + 2];
    all[0] = "authorization";
    all[1] = "Bearer " + key;
    System.arraycopy(headers, 0, all, 2, headers.length);
    try (RawClient client = gateway.connect()) {
      String body = "{\"model\":\"%s\",\"max_tokens\":99,\"messages\":[]}".formatted(model);
      return client.post("/v1/chat/completions" + query, body, all).readAnswer();
    }
  }

  private ReceivedRequest received() throws Exception {
    return provider.account().await(1).getFirst().request();
  }

  @Test
  void azuresDeployment_isInThePath_itsVersionInTheQuery_andOneChargeOnTheAccount()
      throws Exception {
    assertThat(ask("of-azure", "").status()).isEqualTo(200);

    assertThat(received().head().target())
        .isEqualTo("/v1/openai/deployments/gpt%204o%2Feu/chat/completions?api-version=2024-10-21");
    assertThat(received().head().all("api-key")).containsExactly("the-key");
    assertThat(received().json().path("model").asString()).isEqualTo("gpt 4o/eu");
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(30_000);
  }

  @ParameterizedTest
  @CsvSource({
    "?api-version=2023-05-15, api-version=2023-05-15",
    "?x=1, x=1&api-version=2024-10-21",
  })
  void theClientsOwnQuery_isKept_andNothingInItRepeated(String sent, String expected)
      throws Exception {
    ask("of-azure", sent);

    assertThat(received().query()).isEqualTo(expected);
  }

  @Test
  void headers_areRemovedRenamedAndAdded_andCredentialsAreTheGatewaysOwn() throws Exception {
    ask(
        "of-ruled",
        "",
        "user-agent",
        "nosy/1",
        "X-Gone",
        "a",
        "X-Team",
        "red",
        "x-team",
        "blue",
        "x-left",
        "l",
        "x-right",
        "r",
        "x-tenant",
        "somebody else",
        "x-kept",
        "k");

    MessageHead seen = received().head();
    assertThat(seen.field("user-agent")).isNull();
    assertThat(seen.field("x-gone")).isNull();
    assertThat(seen.field("x-team")).isNull();
    assertThat(seen.all("x-department")).containsExactly("red", "blue");
    assertThat(seen.all("x-left")).containsExactly("r");
    assertThat(seen.all("x-right")).containsExactly("l");
    assertThat(seen.all("x-tenant")).containsExactly(GatewayFiles.PROVIDER_KEY + ", and more");
    assertThat(seen.all("x-department-of")).containsExactly("us");
    assertThat(seen.all("x-kept")).containsExactly("k");
    assertThat(seen.all("authorization")).containsExactly("Bearer the-key");
  }
}
