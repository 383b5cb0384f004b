package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.testing.LeakWatch;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions of the Realtime API, of whole turns: each is a purchase, and costs what it says. */
@ExtendWith(LeakWatch.class)
class RealtimeTest {
  private static final long SEED = 71;
  private static final String MODEL = RealtimeAnswers.MODEL;

  private final RealtimeAnswers answers = new RealtimeAnswers(SEED);
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(SEED);
    provider.onHead("/realtime", request -> answers.script());
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.with("", RealtimeAnswers.yaml("openai-fake")));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @Test
  void aSession_ofSeveralTurns_costsWhatEachOfThemSays() throws Exception {
    try (RealtimeClient client = RealtimeClient.open(gateway, key, MODEL)) {
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(RealtimeAnswers.HELD_NANO_USD);
      client.await("session.created");
      for (int turn = 1; turn <= 5; turn++) {
        assertThat(client.turn()).contains("\"id\":\"resp_" + turn + "\"");
        gateway.awaitSettled(key);
        assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
      }
      client.close(1000, "bye");
      assertThat(client.closing()).isEqualTo("1000 bye");
    }

    assertThat(answers.served()).hasSize(5);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }
}
