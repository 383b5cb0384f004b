package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that hangs up pays for what it bought, and nobody else does. */
@SuppressWarnings("NullAway.Init") // every test begins with startGateway
@ExtendWith(LeakWatch.class)
class HangUpTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(3).reporting(ServedUsage.of(10, 20));
  private static final long COST_NANO_USD = 10 * 200 + 20 * 600;

  private static final String STREAMED =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private final CountDownLatch hungUp = new CountDownLatch(1);
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(3);
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private void startGateway(String onDisconnect) throws Exception {
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.onDisconnect(onDisconnect));
    key = gateway.createKey("10");
  }

  @Test
  void aStream_hungUpAndDrained_isChargedByItsUsage() throws Exception {
    startGateway("drain");
    provider.on(
        "/chat/completions",
        request -> Script.of(OPEN_AI.chat(request)).start().parts(3).await(hungUp).rest().end());

    hangUpAfterTheFirstBytes(STREAMED);

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  @Test
  void aStream_hungUpAndCancelled_isChargedByEstimateAndStopsTheProvider() throws Exception {
    startGateway("cancel");
    CountDownLatch cancelled = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request)).start().parts(4).awaitPeerGone().announce(cancelled));

    hangUpAfterTheFirstBytes(STREAMED);

    assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive().isLessThan(gateway.quoteNanoUsd(STREAMED));
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "client_gone");
  }

  @Test
  void aPlainCall_hungUp_isFinishedAndCharged() throws Exception {
    startGateway("cancel");
    CountDownLatch asked = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request)).announce(asked).await(hungUp).start().rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(
          "/v1/chat/completions",
          STREAMED.replace("\"stream\":true,", ""),
          "authorization",
          "Bearer " + key);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      client.reset();
    }
    hungUp.countDown();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
  }

  @Test
  void aClient_goneBeforeItsBodyIsWhole_buysNothing() throws Exception {
    startGateway("drain");
    try (RawClient client = gateway.connect()) {
      client.request(
          "POST",
          "/v1/chat/completions",
          "authorization",
          "Bearer " + key,
          "content-length",
          "999");
      client.send(STREAMED);
      client.reset();
    }
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", "{}", "authorization", "Bearer " + key).readAnswer();
    }

    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.heldNanoUsd(key)).isZero();
    assertThat(provider.account().received()).isZero();
  }

  private void hangUpAfterTheFirstBytes(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", body, "authorization", "Bearer " + key);
      client.readHead();
      assertThat(client.readBody(100)).isNotEmpty();
      client.reset();
    }
    hungUp.countDown();
  }
}
