package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A provider that was down gets its requests back by itself, and little by little. */
@ExtendWith(LeakWatch.class)
class SlowStartTest {
  private static final String CHAT = "/chat/completions";
  private static final String BODY =
      """
      {"max_tokens":30,"model":"shared","messages":[{"role":"user","content":"Hi"}]}\
      """;

  private static final int REQUESTS = 40;
  private static final long AN_HOUR = TimeUnit.HOURS.toMillis(1);

  private final OpenAiAnswers openAi = new OpenAiAnswers(83);
  private final AtomicInteger atFirst = new AtomicInteger();

  private Script serve(ReceivedRequest request) {
    atFirst.incrementAndGet();
    return openAi.chat(request).script();
  }

  @Test
  void providerThatComesBack_getsATrial_thenATenth_thenMore_thenAll() throws Exception {
    try (FakeProvider first = FakeProvider.start(83);
        FakeProvider second =
            FakeProvider.start(89).on(CHAT, request -> openAi.chat(request).script());
        GatewayForTests gateway =
            GatewayForTests.start(
                first,
                GatewaySetup.USUAL
                    .limits(
                        """
                        breakers:
                          { calls_min: 4, window_calls: 4, rest_millis: 1h, rest_millis_max: 1h,
                            trial_calls: 1, slow_start_millis: 1h }
                        """)
                    .with(
                        "second: { dialect: openai, base_url: \"%s\" }".formatted(second.baseUrl()),
                        """
                        shared:
                          targets:
                            - { provider: openai-fake, model: one }
                            - { provider: second, model: two }
                          prices: { input: 0.20, output: 0.60 }
                        """))) {
      String key = gateway.createKey("10");
      first.on(CHAT, request -> Answer.error(500, "{}").script());
      ask(gateway, key, 5);
      assertThat(first.account().received()).isEqualTo(4);

      first.on(CHAT, this::serve);
      ask(gateway, key, 10);
      assertThat(atFirst).hasValue(0);

      gateway.passMillis(AN_HOUR + 1);
      ask(gateway, key, 1);
      assertThat(atFirst).hasValue(1);

      // Four and twenty-two are meant. Each of these fails once in ten million runs.
      atFirst.set(0);
      ask(gateway, key, REQUESTS);
      assertThat(atFirst).hasValueLessThan(20);
      gateway.passMillis(AN_HOUR / 2);
      atFirst.set(0);
      ask(gateway, key, REQUESTS);
      assertThat(atFirst.get()).isBetween(6, 37);
      gateway.passMillis(AN_HOUR / 2);
      atFirst.set(0);
      ask(gateway, key, REQUESTS);
      assertThat(atFirst).hasValue(REQUESTS);
      assertThat(first.account().received() + second.account().received())
          .isEqualTo(4 + 5 + 10 + 1 + 3 * REQUESTS);
    }
  }

  private static void ask(GatewayForTests gateway, String key, int requests) throws Exception {
    for (int i = 0; i < requests; i++) {
      assertThat(gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode())
          .isEqualTo(200);
    }
  }
}
