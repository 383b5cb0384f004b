package dev.tollgate.app;

import static dev.tollgate.app.RealtimeGateway.MODEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Realtime sessions that are asked for: those that are refused, and who it is that agrees. */
class RealtimeOpeningTest extends RealtimeSessions {
  private static final String NONCE = "dGhlIHNhbXBsZSBub25jZQ==";

  RealtimeOpeningTest() {
    super(75);
  }

  @Test
  void refusals_comeBeforeTheUpgrade_inOpenAisForm() throws Exception {
    int asked = provider.account().received();
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
    RawAnswer oldVersion = ask("/v1/realtime?model=" + MODEL, "8", NONCE);
    assertThat(oldVersion.status()).isEqualTo(426);
    assertThat(oldVersion.head().field("sec-websocket-version")).isEqualTo("13");
    assertThat(ask("/v1/realtime?model=" + MODEL, "13", "dGhl").status()).isEqualTo(400);
    assertThat(gateway.ask(key, "GET", "/v1/realtime?model=" + MODEL, null).statusCode())
        .isEqualTo(426);
    assertThat(provider.account().received()).isEqualTo(asked);
    assertThat(gateway.heldNanoUsd(key)).isZero();
  }

  private void assertRefused(int status, String code, String bearer, String query)
      throws Exception {
    RawAnswer answer = ask(bearer, "/v1/realtime?" + query, "13", NONCE);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).contains("{\"error\":{\"message\":", "\"code\":\"" + code + "\"");
  }

  private RawAnswer ask(String target, String version, String nonce) throws Exception {
    return ask(key, target, version, nonce);
  }

  private RawAnswer ask(String bearer, String target, String version, String nonce)
      throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.request("GET", target, handshake(bearer, version, nonce)).readAnswer();
    }
  }

  private static String[] handshake(String bearer, String version, String nonce) {
    return new String[] {
      "authorization",
      "Bearer " + bearer,
      "connection",
      "Upgrade",
      "upgrade",
      "websocket",
      "sec-websocket-version",
      version,
      "sec-websocket-key",
      nonce
    };
  }

  @Test
  void aProvider_thatRefuses_isPassedOnAndAnotherIsTriedWhereThatHelps() throws Exception {
    provider.onHead("/realtime", request -> Answer.error(400, "{\"error\":\"not you\"}").script());
    RawAnswer passed = ask("/v1/realtime?model=" + MODEL, "13", NONCE);
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
    RawAnswer wrong = ask("/v1/realtime?model=" + MODEL, "13", NONCE);
    assertThat(wrong.status()).isEqualTo(502);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aTarget_thatIsDown_isFollowedByTheNext() throws Exception {
    provider.onHead("/first/realtime", request -> Answer.error(503, "{}").script());
    provider.onHead("/realtime", request -> answers.script());
    String id;
    try (RealtimeClient client =
        RealtimeClient.open(gateway, key, RealtimeGateway.OF_TWO_TARGETS)) {
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

  @Test
  void aClient_thatHangsUpBeforeAProviderAgrees_paysNothing_andTheProviderIsLetGo()
      throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    provider.onHead("/realtime", request -> Script.raw("").announce(asked).awaitPeerGone());
    try (RawClient client = gateway.connect()) {
      client.request("GET", "/v1/realtime?model=" + MODEL, handshake(key, "13", NONCE));
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(gateway.heldNanoUsd(key)).isEqualTo(RealtimeAnswers.HELD_NANO_USD);
      client.reset();
      provider.account().await(1);
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.lastSettlement(key)).containsEntry("status", "499");
  }
}
