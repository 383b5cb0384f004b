package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway that has no room left to write down what it charges sells nothing more. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class FullJournalTest {
  private static final String ROOM = "journal: { journal_bytes_max: 64KB, reserve_bytes: 1KB }\n";

  /** More than fit: each takes some hundred bytes. */
  private static final int PURCHASES_MAX = 1_000;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD = 9 * 200 + 40 * 600;

  @Test
  void request_withoutRoomInTheJournal_isRefused_andWhatWasSoldIsCharged() throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(6).reporting(USAGE);
    try (FakeProvider provider = FakeProvider.start(6);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.limits(ROOM))) {
      provider.on("/chat/completions", request -> openAi.chat(request).script());
      String key = gateway.createKey("10");
      int sold = 0;
      RawAnswer answer = ask(gateway, key);
      while (answer.status() == 200 && sold < PURCHASES_MAX) {
        sold++;
        answer = ask(gateway, key);
      }
      BuyingClients.assertUnavailable(answer.head(), answer.body());
      assertThat(sold).isPositive();
      assertThat(gateway.readiness()).startsWith("503").contains("the journal is full");
      assertThat(provider.account().received()).isEqualTo(sold);

      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(sold * COST_NANO_USD);
      gateway.await(() -> gateway.readiness().contains("\"depth\":0,"));
    }
  }

  private static RawAnswer ask(GatewayForTests gateway, String key) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
