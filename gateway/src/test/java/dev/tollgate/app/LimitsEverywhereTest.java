package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.ledger.RedisForTests;
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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an operator changes through one gateway is what the very next request meets at another,
 * though both know the key well. What had been used stays used.
 */
@ExtendWith(LeakWatch.class)
class LimitsEverywhereTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final long COST_NANO_USD = 9 * 200 + 90 * 600;

  private static FakeProvider provider;
  private static GatewayForTests here;
  private static GatewayForTests there;
  private static RedisForTests redis;

  @BeforeAll
  static void start() throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(41).reporting(ServedUsage.of(9, 90));
    provider = FakeProvider.start(41);
    provider.on("/chat/completions", request -> openAi.chat(request).script());
    here = GatewayForTests.start(provider);
    there = here.another();
    redis = RedisForTests.open();
  }

  @AfterAll
  static void stop() throws Exception {
    redis.close();
    there.close();
    here.close();
    provider.close();
  }

  // ---- limits

  /** Each limit holds one request but not two; a wider one holds two, and then no third. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5h    | usd      | {\"windows_usd\":{\"5h\":%s}}                                | 429"
            + " budget_exceeded",
        "5h    | usd      | {\"windows_usd\":{\"5h\":%s},\"window_kind\":\"first_use\"}  | 429"
            + " budget_exceeded",
        "quota | usd      | {\"quota_usd\":%s}                                           | 402"
            + " quota_exhausted",
        "rpm   | requests | {\"rpm\":%s}                                                 | 429"
            + " rate_limit_exceeded",
        "month | usd |"
            + " {\"budgets\":[{\"name\":\"month\",\"unit\":\"usd\",\"period\":\"calendar:month\",\"limit\":%s}]}"
            + " | 429 budget_exceeded"
      })
  void aChangedLimit_isWhatTheNextRequestOfAnotherGatewayMeets(
      String budget, String unit, String fields, String refusal) throws Exception {
    boolean isUsd = unit.equals("usd");
    long quote = here.quoteNanoUsd(BODY);
    String one = isUsd ? Money.usd(quote) : "1";
    String two = isUsd ? Money.usd(quote + COST_NANO_USD) : "2";
    String key = here.createKey("1", fields.formatted(one));
    assertThat(ask(here, key)).isEqualTo("200");
    here.awaitSettled(key);
    assertThat(ask(there, key)).isEqualTo(refusal);

    here.changeKey(key, fields.formatted(two));
    assertThat(redis.used(here.keyRef(key), budget)).isEqualTo(isUsd ? COST_NANO_USD : 1);
    assertThat(ask(there, key)).isEqualTo("200");
    there.awaitSettled(key);
    assertThat(redis.used(here.keyRef(key), budget)).isEqualTo(isUsd ? 2 * COST_NANO_USD : 2);
    assertThat(ask(here, key)).isEqualTo(refusal);

    there.changeKey(key, fields.formatted(one));
    assertThat(redis.used(here.keyRef(key), budget)).isEqualTo(isUsd ? 2 * COST_NANO_USD : 2);
    assertThat(ask(here, key)).isEqualTo(refusal);
  }

  @Test
  void theDailyLimitOfAnAccount_isWhatTheNextRequestOfAnotherGatewayMeets() throws Exception {
    long quote = here.quoteNanoUsd(BODY);
    String key = here.createKey("1");
    assertThat(ask(there, key)).isEqualTo("200");

    here.changeAccount(key, "{\"daily_limit_usd\":%s}".formatted(Money.usd(quote - 1)));
    assertThat(ask(there, key)).isEqualTo("402 daily_limit_reached");
    here.changeAccount(key, "{\"daily_limit_usd\":%s}".formatted(Money.usd(quote)));
    assertThat(ask(there, key)).isEqualTo("200");
    there.awaitSettled(key);
    assertThat(ask(here, key)).isEqualTo("402 daily_limit_reached");
    here.changeAccount(key, "{\"daily_limit_usd\":null}");
    assertThat(ask(there, key)).isEqualTo("200");
  }

  // ---- the life of a key and of its account

  @ParameterizedTest
  @ValueSource(strings = {"disabled", "revoked"})
  void aKeyThatIsNoLongerActive_isRefusedByTheNextGateway(String status) throws Exception {
    String key = here.createKey("1");
    assertThat(ask(there, key)).isEqualTo("200");

    here.changeKey(key, "{\"status\":\"%s\"}".formatted(status));
    assertThat(ask(there, key)).isEqualTo("401 invalid_api_key");
    assertThat(answer(there, key).text()).contains(status);
  }

  @Test
  void aKeyThatWasDisabled_mayBeActiveAgain() throws Exception {
    String key = here.createKey("1", "{\"quota_usd\":1}");
    assertThat(ask(there, key)).isEqualTo("200");
    there.awaitSettled(key);
    here.changeKey(key, "{\"status\":\"disabled\"}");
    assertThat(ask(there, key)).isEqualTo("401 invalid_api_key");

    here.changeKey(key, "{\"status\":\"active\"}");
    assertThat(ask(there, key)).isEqualTo("200");
    there.awaitSettled(key);
    assertThat(redis.used(here.keyRef(key), "quota")).isEqualTo(2 * COST_NANO_USD);
  }

  @Test
  void aKeyThatIsMadeToExpire_isRefusedByTheNextGateway() throws Exception {
    String key = here.createKey("1", "{\"expires_at\":\"2999-01-01T00:00:00Z\"}");
    assertThat(ask(there, key)).isEqualTo("200");

    here.changeKey(key, "{\"expires_at\":\"2020-01-01T00:00:00Z\"}");
    assertThat(ask(there, key)).isEqualTo("401 invalid_api_key");
    assertThat(answer(there, key).text()).contains("expired");
    here.changeKey(key, "{\"expires_at\":null}");
    assertThat(ask(there, key)).isEqualTo("200");
  }

  @Test
  void aSuspendedAccount_isRefusedByTheNextGateway_untilItIsLifted() throws Exception {
    String key = here.createKey("1");
    assertThat(ask(there, key)).isEqualTo("200");

    here.suspend(key);
    assertThat(ask(there, key)).isEqualTo("403 account_suspended");
    here.changeAccount(key, "{\"status\":\"active\"}");
    assertThat(ask(there, key)).isEqualTo("200");
  }

  /** {@code 200}, or the status and code of a refusal. */
  private static String ask(GatewayForTests gateway, String key) throws IOException {
    RawAnswer answer = answer(gateway, key);
    return answer.status() == 200
        ? "200"
        : answer.status() + answer.text().replaceFirst("(?s).*\"code\":\"([a-z_]+)\".*", " $1");
  }

  private static RawAnswer answer(GatewayForTests gateway, String key) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
