package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same answer of the same provider, called by different names in {@code gateway.yaml}. */
@ExtendWith(LeakWatch.class)
class VariantsTest {
  private static final String THINKING =
      """
      {"choices":[{"message":{"content":"A penny."}}],"usage":{"prompt_tokens":10,"completion_tokens":20,\
      "completion_tokens_details":{"reasoning_tokens":15},"total_tokens":45}}\
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(59);
    provider.on("/chat/completions", request -> Answer.error(200, THINKING).script());
    StringBuilder providers = new StringBuilder();
    StringBuilder models = new StringBuilder();
    for (String variant : new String[] {"xai", "azure", "mistral", "openrouter", "deepseek"}) {
      providers.append(
          "%s: { dialect: openai, base_url: \"%s\", api_key: the-key, variant: %s }\n"
              .formatted(variant, provider.baseUrl(), variant));
      models.append(
          "of-%s: { targets: [ { provider: %s, model: m } ], prices: { input: 1, output: 1 } }\n"
              .formatted(variant, variant));
    }
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.with(providers.toString(), models.toString()));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private RawAnswer ask(String model, String more) throws Exception {
    try (RawClient client = gateway.connect()) {
      String body = "{\"model\":\"%s\",\"max_tokens\":99,%s\"messages\":[]}".formatted(model, more);
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key, "api-key", "mine")
          .readAnswer();
    }
  }

  private ReceivedRequest received() throws Exception {
    return provider.account().await(1).getFirst().request();
  }

  @ParameterizedTest
  @CsvSource({"of-xai, 45", "of-deepseek, 30", "of-azure, 30"})
  void reasoning_isPaidOnce_whereverItIsCounted(String model, long tokens) throws Exception {
    ask(model, "");

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(1000 * tokens);
  }

  @Test
  void azure_getsItsKeyInItsOwnHeader() throws Exception {
    ask("of-azure", "");

    assertThat(received().head().all("api-key")).containsExactly("the-key");
    assertThat(received().head().field("authorization")).isNull();
  }

  @Test
  void others_getItAsABearer() throws Exception {
    ask("of-openrouter", "");

    assertThat(received().head().field("authorization")).isEqualTo("Bearer the-key");
    assertThat(received().head().field("api-key")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "of-mistral, false",
    "of-openrouter, false",
    "of-azure, true",
    "of-xai, true",
    "of-deepseek, true"
  })
  void streams_areAskedForUsage_whereTheyWantToBe(String model, boolean isAsked) throws Exception {
    ask(model, "\"stream\":true,");

    assertThat(received().json().has("stream_options")).isEqualTo(isAsked);
  }
}
