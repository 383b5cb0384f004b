package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.testing.JavaSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Sessions of the Realtime API, of whole turns: each is a purchase, and costs what it says. */
class RealtimeTest extends RealtimeSessions {
  private static final int SESSIONS = 6;
  private static final int TURNS = 4;
  private static final String MODEL = RealtimeAnswers.MODEL;

  RealtimeTest() {
    super(71);
  }

  @BeforeEach
  void answer() {
    provider.onHead("/realtime", request -> answers.script());
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

  @Test
  void aBrowser_withItsKeyAmongTheProtocols_isAnsweredRealtimeAndKeepsItsKeyHere()
      throws Exception {
    try (RealtimeClient client =
        RealtimeClient.open(
            gateway.connect(),
            MODEL + "&speed=2",
            "sec-websocket-protocol",
            "realtime, openai-insecure-api-key." + key,
            "sec-websocket-protocol",
            "openai-project.p, openai-beta.realtime-v1")) {
      assertThat(client.head().field("sec-websocket-protocol")).isEqualTo("realtime");
      assertThat(client.head().field("sec-websocket-extensions")).isNull();
      assertThat(client.head().field("x-upstream-request-id")).isEqualTo("req_of_the_provider");
      client.turn();
      client.close(1000, "");
      client.closing();
    }

    String asked = provider.account().await(1).getFirst().request().text();
    assertThat(asked)
        .contains("GET /v1/realtime?model=" + MODEL + "&speed=2 ", "Bearer the-providers-key")
        .contains("realtime, openai-beta.realtime-v1")
        .doesNotContain(key)
        .doesNotContain("openai-project")
        .doesNotContain("deflate");
  }

  @Test
  void javasOwnClient_inSeveralSessionsAtOnce_paysForEach() throws Exception {
    URI uri =
        URI.create(
            gateway.publicUrl().toString().replace("http", "ws") + "/v1/realtime?model=" + MODEL);
    List<JavaSocket> sockets = new ArrayList<>();
    try {
      for (int session = 0; session < SESSIONS; session++) {
        sockets.add(JavaSocket.open(uri, key));
      }
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(SESSIONS * RealtimeAnswers.HELD_NANO_USD);
      for (int turn = 0; turn < TURNS; turn++) {
        for (JavaSocket socket : sockets) {
          socket.send("{\"type\":\"response.create\"}");
        }
        for (JavaSocket socket : sockets) {
          socket.await("response.done");
        }
      }
      for (JavaSocket socket : sockets) {
        socket.sendClose(1000, "bye");
        socket.await("closed 1000 bye");
      }
    } finally {
      sockets.forEach(JavaSocket::close);
    }

    gateway.awaitSettled(key);
    assertThat(answers.served()).hasSize(SESSIONS * TURNS);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void moneyThatRunsOut_betweenTurns_isToldAndClosesCleanly() throws Exception {
    String poor = gateway.createKey("1.33");
    assertThat(RealtimeAnswers.HELD_NANO_USD).isBetween(1_300_000_000L, 1_330_000_000L);
    int turns = 0;
    try (RealtimeClient client = RealtimeClient.open(gateway, poor, MODEL)) {
      client.await("session.created");
      String said = "";
      while (!said.contains("\"type\":\"error\"")) {
        client.send("{\"type\":\"response.create\"}");
        do {
          said = client.next();
        } while (!said.contains("response.done") && !said.contains("\"type\":\"error\""));
        turns++;
      }
      assertThat(said)
          .startsWith("{\"type\":\"error\",\"event_id\":\"event_req_")
          .contains("\"code\":\"insufficient_credits\"", "\"type\":\"insufficient_quota\"")
          .contains("\"required_cents\":", "\"topup_url\":");
      assertThat(client.closing()).isEqualTo("1008 insufficient_credits");
    }

    gateway.awaitSettled(poor);
    assertThat(answers.served()).hasSize(turns - 1).isNotEmpty();
    assertThat(gateway.spentNanoUsd(poor)).isEqualTo(answers.costNanoUsd());
    assertThat(provider.account().await(1).getFirst().failure()).isNull();
  }

  @Test
  void aKey_revokedBetweenTurns_endsTheSession() throws Exception {
    try (RealtimeClient client = RealtimeClient.open(gateway, key, MODEL)) {
      client.turn();
      gateway.revoke(key);
      client.send("{\"type\":\"session.update\",\"session\":{}}");
      client.send("{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
      assertThat(client.await("error")).contains("\"code\":\"invalid_api_key\"");
      assertThat(client.closing()).isEqualTo("1008 invalid_api_key");
    }

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void concurrency_countsTheHoldsThatAreOpenAndNotTheSessions() throws Exception {
    String narrow = gateway.createKey("20", "{\"max_concurrency\":1}");
    try (RealtimeClient first = RealtimeClient.open(gateway, narrow, MODEL)) {
      assertThatThrownBy(() -> RealtimeClient.open(gateway, narrow, MODEL))
          .hasMessageContaining("429");
      first.turn();
      gateway.awaitSettled(narrow);
      try (RealtimeClient second = RealtimeClient.open(gateway, narrow, MODEL)) {
        first.send("{\"type\":\"response.create\"}");
        assertThat(first.closing()).isEqualTo("1008 concurrency_exceeded");
        second.turn();
        second.close(1000, "");
        second.closing();
      }
    }

    gateway.awaitSettled(narrow);
    assertThat(gateway.spentNanoUsd(narrow)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void everyTurn_hasARowOfItsOwn() throws Exception {
    String session;
    try (RealtimeClient client = RealtimeClient.open(gateway, key, MODEL)) {
      session = client.headField("x-request-id");
      client.turn();
      client.turn();
      client.close(1000, "");
      client.closing();
    }
    gateway.awaitSettled(key);

    JsonNode first = gateway.generation(key, session);
    JsonNode second = gateway.generation(key, session + "-2");
    assertThat(first.path("model").asString()).isEqualTo(MODEL);
    assertThat(
            List.of(
                Money.ofUsd(first.path("cost").decimalValue()),
                Money.ofUsd(second.path("cost").decimalValue())))
        .isEqualTo(answers.served().stream().map(RealtimeAnswers.PRICE::costNanoUsd).toList());
    assertThat(gateway.askForGeneration(key, session + "-3").statusCode()).isEqualTo(404);
    assertThat(gateway.metrics()).contains("route=\"/v1/realtime\"");
  }
}
