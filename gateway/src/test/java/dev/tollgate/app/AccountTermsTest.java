package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was agreed with an account, and what its keys may do. */
@ExtendWith(LeakWatch.class)
class AccountTermsTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(37).reporting(ServedUsage.of(11, 21));
  private static final long LIST_NANO_USD = 11 * 200 + 21 * 600;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(37);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static RawAnswer ask(String key, String body) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private static RawAnswer get(String key, String path) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.request("GET", path, "authorization", "Bearer " + key).readAnswer();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 14800", "0.5, 7400", "1.5, 22200", "0.333333, 4934", "0, 0"})
  void multiplier_makesWhatIsBilledOfTheListPrice(String multiplier, long billedNanoUsd)
      throws Exception {
    String key =
        gateway.createKey(
            "1", "{}", "{\"name\":\"terms\",\"price_multiplier\":" + multiplier + "}");

    RawAnswer answer = ask(key, BODY);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo(Money.usd(billedNanoUsd));
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(billedNanoUsd);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("list", Long.toString(LIST_NANO_USD))
        .containsEntry("cost", Long.toString(billedNanoUsd));
  }

  @Test
  void creditLimit_letsTheBalanceGoBelowZeroAndNoFurther() throws Exception {
    String key = gateway.createKey("0", "{}", "{\"name\":\"terms\",\"credit_limit_usd\":0.00003}");

    assertThat(ask(key, BODY).status()).isEqualTo(200);
    gateway.awaitSettled(key);
    assertThat(gateway.balanceNanoUsd(key)).isEqualTo(-LIST_NANO_USD);
    RawAnswer second = ask(key, BODY);
    assertThat(second.status()).isEqualTo(402);
    assertThat(second.text()).contains("insufficient_credits");
    assertThat(get(key, "/v1/billing/balance").text()).contains("\"balance_cents\":-1");
  }

  @Test
  void aKey_restrictedToModels_mayUseAndSeesThoseAlone() throws Exception {
    String key = gateway.createKey("1", "{\"models\":[\"llama-*\",\"none\"]}");

    assertThat(ask(key, BODY).status()).isEqualTo(200);
    RawAnswer other = ask(key, BODY.replace("llama-3.3-70b", "toll-chat"));
    assertThat(other.status()).isEqualTo(403);
    assertThat(other.text()).contains("\"model_not_allowed\"");
    assertThat(get(key, "/v1/models").text())
        .contains("\"id\":\"llama-3.3-70b\"")
        .doesNotContain("toll-chat")
        .doesNotContain("claude");
    assertThat(get(gateway.createKey("0"), "/v1/models").text())
        .contains("toll-chat")
        .contains("claude-sonnet");
  }

  @Test
  void anExpiredKey_isRefusedAndSaysSo() throws Exception {
    String key = gateway.createKey("1", "{\"expires_at\":\"2020-01-01T00:00:00Z\"}");
    int received = provider.account().received();

    RawAnswer answer = ask(key, BODY);

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).contains("\"invalid_api_key\"").contains("expired");
    assertThat(get(key, "/v1/usage").status()).isEqualTo(401);
    assertThat(provider.account().received()).isEqualTo(received);
  }

  @Test
  void aKey_thatExpiresLater_works() throws Exception {
    String key = gateway.createKey("1", "{\"expires_at\":\"2999-01-01T00:00:00+01:00\"}");

    assertThat(ask(key, BODY).status()).isEqualTo(200);
  }
}
