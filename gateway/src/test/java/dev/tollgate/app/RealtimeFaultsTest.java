package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ProviderSocket;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.SocketFrames;
import dev.tollgate.testing.SocketFrames.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Realtime sessions that do not go as they should: nobody pays for more than there was. */
@SuppressWarnings("NullAway.Init") // every test begins with startGateway
@ExtendWith(LeakWatch.class)
class RealtimeFaultsTest {
  private static final long SEED = 72;
  private static final String MODEL = RealtimeAnswers.MODEL;
  private static final String ASKS = "{\"type\":\"response.create\"}";
  private static final String TEXT = "one two three four five six seven eight nine ten";

  private final RealtimeAnswers answers = new RealtimeAnswers(SEED);
  private final CountDownLatch hungUp = new CountDownLatch(1);
  private final CompletableFuture<ProviderSocket> theirs = new CompletableFuture<>();
  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(SEED);
  }

  @AfterEach
  void stop() throws Exception {
    hungUp.countDown();
    gateway.close();
    provider.close();
  }

  private void startGateway(ProviderSocket.Talk talk) throws Exception {
    startGateway(GatewaySetup.USUAL, talk);
  }

  private void startGateway(GatewaySetup setup, ProviderSocket.Talk talk) throws Exception {
    provider.onHead(
        "/realtime",
        request ->
            Script.socket(
                socket -> {
                  theirs.complete(socket);
                  talk.talk(socket);
                }));
    gateway = GatewayForTests.start(provider, setup.with("", RealtimeAnswers.yaml("openai-fake")));
    key = gateway.createKey("10");
  }

  private RealtimeClient open() throws Exception {
    return RealtimeClient.open(gateway, key, MODEL);
  }

  private void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
  }

  // ---- in the middle of a turn

  @Test
  void aClient_hungUpAndDrained_paysForTheTurnByItsUsage() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          String id = answers.begin(socket);
          socket.send(RealtimeAnswers.delta(id, TEXT));
          await(hungUp);
          socket.send(RealtimeAnswers.delta(id, TEXT));
          socket.send(answers.done(id, answers.draw()));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_text.delta");
      client.reset();
    }
    hungUp.countDown();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
    assertThat(provider.account().await(1).getFirst().failure()).isNull();
  }

  @Test
  void aClient_hungUpAndCancelled_paysForWhatItGot() throws Exception {
    startGateway(
        GatewaySetup.USUAL.onDisconnect("cancel"),
        socket -> {
          socket.message();
          socket.send(RealtimeAnswers.delta(answers.begin(socket), TEXT));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_text.delta");
      client.reset();
    }

    gateway.awaitSettled(key);
    // ten words, a token each, and nothing that is known of the input
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 16_710L);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "client_gone");
    assertThat(provider.account().await(1).getFirst().failure()).isNull();
  }

  @Test
  void aProvider_brokenInTheMiddle_isPaidForWhatItDeliveredAndTheClientIsTold() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          String id = answers.begin(socket);
          socket.send(RealtimeAnswers.delta(id, TEXT));
          socket.send(
              "{\"type\":\"response.output_audio.delta\",\"response_id\":\"%s\",\"delta\":\"%s\"}"
                  .formatted(id, "QUJD".repeat(32_000 + 8_000)));
          await(hungUp);
          socket.reset();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_audio.delta");
      hungUp.countDown();
      assertThat(client.await("error")).contains("\"code\":\"upstream_error\"");
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }

    gateway.awaitSettled(key);
    // the sound of two whole seconds and a half
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 16_710L + 2 * 20 * 64_700L);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void aProvider_brokenBeforeItDelivers_isPaidNothing() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          answers.begin(socket);
          await(hungUp);
          socket.reset();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.created");
      hungUp.countDown();
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void responses_cancelledOrFailedOrWithoutUsage_costWhatTheySay() throws Exception {
    ServedUsage cancelled = ServedUsage.of(40, 5).with("audio_output", 9);
    startGateway(
        socket -> {
          socket.message();
          socket.send(answers.done(answers.begin(socket), "cancelled", cancelled));
          socket.message();
          socket.send(
              "{\"type\":\"response.done\",\"response\":{\"id\":\"%s\",\"status\":\"failed\",\"usage\":null}}"
                  .formatted(answers.begin(socket)));
          socket.message();
          String odd = answers.done(answers.begin(socket), "completed", ServedUsage.of(7, 7));
          socket.send(odd.replace("\"input_tokens\":7", "\"input_tokens\":-7"));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.turn();
      client.turn();
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(RealtimeAnswers.PRICE.costNanoUsd(cancelled));
      client.turn();
      client.close(1000, "");
      client.closing();
    }

    gateway.awaitSettled(key);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "strange_usage");
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(RealtimeAnswers.PRICE.costNanoUsd(cancelled));
  }

  // ---- holds

  @Test
  void aResponse_thatTheProviderBeginsOfItself_waitsForItsHold() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          answers.respond(socket);
          answers.respond(socket); // as a detector of voices would
          answers.respond(socket);
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.turn();
      client.await("response.done");
      assertThat(client.await("response.done")).contains("resp_3");
      client.close(1000, "");
      client.closing();
    }

    gateway.awaitSettled(key);
    assertThat(answers.served()).hasSize(3);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void aResponse_thatTheProviderBeginsAndNobodyCanPay_isNotSeen() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          answers.respond(socket);
          await(hungUp);
          answers.begin(socket);
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.turn();
      gateway.awaitSettled(key);
      gateway.suspend(key);
      hungUp.countDown();
      assertThat(client.next()).contains("\"code\":\"account_suspended\"");
      assertThat(client.closing()).isEqualTo("1008 account_suspended");
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void responses_besideEachOther_haveAHoldEach() throws Exception {
    startGateway(
        socket -> {
          socket.message();
          socket.message();
          String one = answers.begin(socket);
          String other = answers.begin(socket);
          await(hungUp);
          socket.send(answers.done(other, answers.draw()));
          socket.send(answers.done(one, answers.draw()));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).send(ASKS).await("response.created");
      client.await("response.created");
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(2 * RealtimeAnswers.HELD_NANO_USD);
      hungUp.countDown();
      client.await("response.done");
      client.await("response.done");
      client.close(1000, "");
      client.closing();
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void aHold_thatNothingAsksFor_isGivenBackWhileTheSessionGoesOn() throws Exception {
    startGateway(
        GatewaySetup.USUAL.limits("realtime: { spare_millis_max: 200ms }\n"),
        socket -> {
          socket.message();
          answers.respond(socket);
          socket.message();
        });
    try (RealtimeClient client = open()) {
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isZero();
      client.turn();
      client.close(1000, "");
      client.closing();
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  // ---- frames

  @Test
  void messages_largeAndInFragments_arePassedAsTheyCame() throws Exception {
    String large =
        "{\"type\":\"conversation.item.create\",\"x\":\"" + "ä€😀z".repeat(90_000) + "\"}";
    startGateway(
        socket -> {
          String said = Objects.requireNonNull(socket.message());
          socket.send(said);
          socket.sendFragments(said, 70_001);
          socket.write(SocketFrames.PING, true, "here?".getBytes(StandardCharsets.UTF_8));
          socket.frame();
          socket.message();
          socket.close(4321, "enough, ü");
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.sendFragments(large, 99_991);
      assertThat(client.next()).isEqualTo(large);
      Frame first = client.nextFrame();
      assertThat(first.payload()).hasSize(70_001);
      assertThat(first.isFinal()).isFalse();
      String rest = "";
      Frame frame = first;
      for (; frame.opcode() != SocketFrames.PING; frame = client.nextFrame()) {
        rest += new String(frame.payload(), StandardCharsets.ISO_8859_1);
      }
      assertThat(rest)
          .isEqualTo(
              new String(large.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
      assertThat(frame.text()).isEqualTo("here?");
      client.write(SocketFrames.PONG, true, "here!".getBytes(StandardCharsets.UTF_8));
      client.send("{\"type\":\"session.update\"}");
      assertThat(client.closing()).isEqualTo("4321 enough, ü");
    }
    List<Frame> received = theirs.get().received();
    assertThat(received.getFirst().payload()).hasSize(99_991);
    assertThat(received).anyMatch(frame -> frame.text().equals("here!"));
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void frames_thatBreakTheProtocolOrABound_closeTheSessionAndSayWhy() throws Exception {
    startGateway(
        GatewaySetup.USUAL.limits("realtime: { frame_bytes_max: 1KiB, message_bytes_max: 2KiB }\n"),
        ProviderSocket::awaitGone);
    try (RealtimeClient client = open()) {
      client.raw(SocketFrames.frame(SocketFrames.TEXT, true, false, new byte[3]));
      assertThat(client.closing()).startsWith("1002 ");
    }
    try (RealtimeClient client = open()) {
      client.write(SocketFrames.TEXT, true, new byte[1025]);
      assertThat(client.closing()).startsWith("1009 The frame is larger than 1024 bytes.");
    }
    try (RealtimeClient client = open()) {
      client.sendFragments("x".repeat(2049), 1000);
      assertThat(client.closing()).startsWith("1009 The message is larger than 2048 bytes.");
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(provider.account().await(3)).allMatch(served -> served.failure() == null);
  }

  @Test
  void aFrame_ofTheProvider_thatIsTooLarge_endsTheSession() throws Exception {
    startGateway(
        GatewaySetup.USUAL.limits("realtime: { frame_bytes_max: 1KiB }\n"),
        socket -> {
          socket.send("x".repeat(1025));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }
    gateway.awaitSettled(key);
    Frame told = theirs.get().received().getLast();
    assertThat(told.code()).isEqualTo(1009);
  }

  @Test
  void aSlowReader_makesTheProviderWait() throws Exception {
    int frames = 400;
    String frame =
        "{\"type\":\"response.output_text.delta\",\"x\":\"" + "y".repeat(100_000) + "\"}";
    CountDownLatch all = new CountDownLatch(1);
    startGateway(
        socket -> {
          for (int i = 0; i < frames; i++) {
            socket.send(frame);
          }
          all.countDown();
          socket.awaitGone();
        });
    try (RealtimeClient client =
        RealtimeClient.open(gateway.connect(16_384), MODEL, "authorization", "Bearer " + key)) {
      // Sockets and watermarks hold a few MiB of the forty.
      assertThat(all.await(700, TimeUnit.MILLISECONDS)).isFalse();
      for (int i = 0; i < frames; i++) {
        assertThat(client.next()).isEqualTo(frame);
      }
      await(all);
      client.close(1000, "");
      client.closing();
    }
  }

  // ---- before the upgrade

  @Test
  void refusals_comeBeforeTheUpgrade_inOpenAisForm() throws Exception {
    startGateway(ProviderSocket::awaitGone);
    assertRefused(402, "insufficient_credits", gateway.createKey("0.01"), "model=" + MODEL);
    assertRefused(401, "invalid_api_key", "tg_live_nobodys", "model=" + MODEL);
    assertRefused(404, "model_not_found", key, "model=nobody");
    assertRefused(400, "invalid_request", key, "");
    assertRefused(400, "invalid_request", key, "intent=transcription&model=" + MODEL);
    assertRefused(
        403,
        "model_not_allowed",
        gateway.createKey("10", "{\"models\":[\"other\"]}"),
        "model=" + MODEL);
    RawAnswer oldVersion = ask("/v1/realtime?model=" + MODEL, "8", "dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(oldVersion.status()).isEqualTo(426);
    assertThat(oldVersion.head().field("sec-websocket-version")).isEqualTo("13");
    assertThat(ask("/v1/realtime?model=" + MODEL, "13", "dGhl").status()).isEqualTo(400);
    assertThat(gateway.ask(key, "GET", "/v1/realtime?model=" + MODEL, null).statusCode())
        .isEqualTo(426);
    assertThat(provider.account().received()).isZero();
    assertThat(gateway.heldNanoUsd(key)).isZero();
  }

  private void assertRefused(int status, String code, String bearer, String query)
      throws Exception {
    RawAnswer answer = ask(bearer, "/v1/realtime?" + query, "13", "dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).contains("{\"error\":{\"message\":", "\"code\":\"" + code + "\"");
  }

  private RawAnswer ask(String target, String version, String nonce) throws Exception {
    return ask(key, target, version, nonce);
  }

  private RawAnswer ask(String bearer, String target, String version, String nonce)
      throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .request(
              "GET",
              target,
              "authorization",
              "Bearer " + bearer,
              "connection",
              "Upgrade",
              "upgrade",
              "websocket",
              "sec-websocket-version",
              version,
              "sec-websocket-key",
              nonce)
          .readAnswer();
    }
  }

  @Test
  void aProvider_thatRefuses_isPassedOnAndAnotherIsTriedWhereThatHelps() throws Exception {
    startGateway(answers::respond);
    provider.onHead("/realtime", request -> Answer.error(400, "{\"error\":\"not you\"}").script());
    RawAnswer passed = ask("/v1/realtime?model=" + MODEL, "13", "dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(passed.status()).isEqualTo(400);
    assertThat(passed.text()).isEqualTo("{\"error\":\"not you\"}");

    provider.onHead(
        "/realtime",
        request ->
            Script.raw(
                """
                HTTP/1.1 101 Switching Protocols\r
                upgrade: websocket\r
                connection: upgrade\r
                sec-websocket-accept: bm90IHRoaXMgb25l\r
                \r
                """));
    RawAnswer wrong = ask("/v1/realtime?model=" + MODEL, "13", "dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(wrong.status()).isEqualTo(502);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aTarget_thatIsDown_isFollowedByTheNext() throws Exception {
    try (FakeProvider down = FakeProvider.start(SEED)) {
      down.onHead("/realtime", request -> Answer.error(503, "{}").script());
      provider.onHead("/realtime", request -> answers.script());
      gateway =
          GatewayForTests.start(
              provider,
              GatewaySetup.USUAL.with(
                  "first: { dialect: openai, base_url: \"%s\", api_key: \"${PROVIDER_KEY}\" }\n"
                      .formatted(down.baseUrl()),
                  RealtimeAnswers.yaml("openai-fake")
                      .replace("[ {", "[ { provider: first, model: m }, {")));
      key = gateway.createKey("10");
      String id;
      try (RealtimeClient client = open()) {
        id = client.headField("x-request-id");
        client.turn();
        client.close(1000, "");
        client.closing();
      }
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
      assertThat(gateway.generation(key, id).path("attempts").toString())
          .contains("first", "503", "openai-fake", "ok");
    }
  }

  // ---- the gateway's own end

  @Test
  void aGateway_thatStops_letsTheTurnEndAndGoesAway() throws Exception {
    startGateway(
        socket -> {
          if (socket.message() != null) {
            String id = answers.begin(socket);
            await(hungUp);
            socket.send(answers.done(id, answers.draw()));
            socket.awaitGone();
          }
        });
    GatewayForTests first = gateway;
    try (RealtimeClient idle = open();
        RealtimeClient client = open()) {
      client.send(ASKS).await("response.created");
      gateway = first.another();
      Thread stopping = Thread.ofVirtual().start(() -> close(first));
      assertThat(idle.closing()).isEqualTo("1001 gateway_stopping");
      hungUp.countDown();
      client.await("response.done");
      assertThat(client.closing()).isEqualTo("1001 gateway_stopping");
      stopping.join();
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
    }
  }

  private static void close(GatewayForTests gateway) {
    try {
      gateway.close();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }
}
