package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A changed file takes effect for the next request; a faulty one changes nothing. */
@ExtendWith(LeakWatch.class)
class ReloadTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  @Test
  void aChangedPrice_holdsForTheNextRequest_andAFaultKeepsTheOldOne() throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(1).reporting(ServedUsage.of(10, 20));
    try (FakeProvider provider = FakeProvider.start(17);
        GatewayForTests gateway = GatewayForTests.start(provider)) {
      provider.on("/chat/completions", request -> openAi.chat(request).script());
      String key = gateway.createKey("1");
      assertThat(costOfOne(gateway, key)).isEqualTo(10 * 200 + 20 * 600);

      gateway.editRates(rates -> rates.replace("input: 0.20", "input: 0.50"));
      gateway.await(() -> gateway.configDocument().contains("\"reloads\":1"));
      assertThat(costOfOne(gateway, key)).isEqualTo(10 * 500 + 20 * 600);

      gateway.editRates(rates -> rates.replace("input: 0.50", "input: -1"));
      gateway.await(() -> gateway.configDocument().contains("\"last_reload\":\"rejected\""));
      assertThat(gateway.configDocument()).contains("\"faults\"").contains("input");
      assertThat(costOfOne(gateway, key)).isEqualTo(10 * 500 + 20 * 600);
      assertThat(gateway.metrics())
          .contains("tollgate_config_reloads_total{outcome=\"applied\"} 1.0")
          .contains("tollgate_config_reloads_total{outcome=\"rejected\"} 1.0");
    }
  }

  private static long costOfOne(GatewayForTests gateway, String key) throws Exception {
    gateway.awaitSettled(key);
    long before = gateway.balanceNanoUsd(key);
    try (RawClient client = gateway.connect()) {
      assertThat(
              client
                  .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
                  .readAnswer()
                  .status())
          .isEqualTo(200);
    }
    gateway.awaitSettled(key);
    return before - gateway.balanceNanoUsd(key);
  }
}
