package dev.tollgate.app;

import static dev.tollgate.app.RealtimeGateway.ASKS;
import static dev.tollgate.app.RealtimeGateway.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.ServedUsage;
import org.junit.jupiter.api.Test;

/** Realtime sessions that do not go as they should: nobody pays for more than there was. */
class RealtimeFaultsTest extends RealtimeSessions {
  RealtimeFaultsTest() {
    super(72);
  }

  // ---- in the middle of a turn

  @Test
  void aClient_hungUpAndDrained_paysForTheTurnByItsUsage() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          String id = answers.begin(socket);
          socket.send(RealtimeAnswers.delta(id, TEXT));
          realtime.awaitWord();
          socket.send(RealtimeAnswers.delta(id, TEXT));
          socket.send(answers.done(id, answers.draw()));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_text.delta");
      client.reset();
    }
    realtime.goOn();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
    assertThat(provider.account().await(1).getFirst().failure()).isNull();
  }

  @Test
  void aClient_hungUpAndCancelled_paysForWhatItGot() throws Exception {
    realtime.cancelling();
    realtime.playing(
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
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(RealtimeGateway.TEXT_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "client_gone");
    assertThat(provider.account().await(1).getFirst().failure()).isNull();
  }

  @Test
  void aProvider_brokenInTheMiddle_isPaidForWhatItDeliveredAndTheClientIsTold() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          String id = answers.begin(socket);
          socket.send(RealtimeAnswers.delta(id, TEXT));
          socket.send(
              "{\"type\":\"response.output_audio.delta\",\"response_id\":\"%s\",\"delta\":\"%s\"}"
                  .formatted(id, "QUJD".repeat(32_000 + 8_000)));
          realtime.awaitWord();
          socket.reset();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_audio.delta");
      realtime.goOn();
      assertThat(client.await("error")).contains("\"code\":\"upstream_error\"");
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }

    gateway.awaitSettled(key);
    // the sound of two whole seconds and a half
    assertThat(gateway.spentNanoUsd(key))
        .isEqualTo(RealtimeGateway.TEXT_NANO_USD + 2 * 20 * 64_700L);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void aProvider_brokenBeforeItDelivers_isPaidNothing() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          answers.begin(socket);
          realtime.awaitWord();
          socket.reset();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.created");
      realtime.goOn();
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void responses_cancelledOrFailedOrWithoutUsage_costWhatTheySay() throws Exception {
    ServedUsage cancelled = ServedUsage.of(40, 5).with("audio_output", 9);
    realtime.playing(
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
    realtime.playing(
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
    realtime.playing(
        socket -> {
          socket.message();
          answers.respond(socket);
          realtime.awaitWord();
          answers.begin(socket);
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.turn();
      gateway.awaitSettled(key);
      gateway.suspend(key);
      realtime.goOn();
      assertThat(client.next()).contains("\"code\":\"account_suspended\"");
      assertThat(client.closing()).isEqualTo("1008 account_suspended");
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void responses_besideEachOther_haveAHoldEach() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          socket.message();
          String one = answers.begin(socket);
          String other = answers.begin(socket);
          realtime.awaitWord();
          socket.send(answers.done(other, answers.draw()));
          socket.send(answers.done(one, answers.draw()));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).send(ASKS).await("response.created");
      client.await("response.created");
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(2 * RealtimeAnswers.HELD_NANO_USD);
      realtime.goOn();
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
    realtime.limiting("spare_millis_max: 200ms");
    realtime.playing(
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

  @Test
  void aHold_thatIsRefusedAtOnce_dropsTheEventAlone_whileAResponseRuns() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          String id = answers.begin(socket);
          realtime.awaitWord();
          socket.send(answers.done(id, answers.draw()));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.created");
      realtime.withdrawing();
      client.send(ASKS);
      assertThat(client.await("error")).contains("\"code\":\"model_not_found\"");
      realtime.goOn();
      client.await("response.done");
      client.close(1000, "");
      client.closing();
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
    assertThat(realtime.theirs().received())
        .filteredOn(frame -> frame.text().equals(ASKS))
        .hasSize(1);
  }
}
