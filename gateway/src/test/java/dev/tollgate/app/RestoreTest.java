package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Restore;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A Redis that has lost everything gets it back from the archive, and the next request goes on. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class RestoreTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;
  private static final String LIMITS =
      "{\"quota_usd\":5,\"windows_usd\":{\"5h\":1,\"1d\":2,\"7d\":3},\"rpm\":1000}";
  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(71);

  @Test
  void ledger_thatWasFlushed_isPutBack_andGoesOn() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(71);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(server.uri()))) {
      provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
      List<String> keys = List.of(gateway.createKey("10", LIMITS), gateway.createKey("0.5"));
      String revoked = gateway.createKey("1");
      String sibling = gateway.createSibling(revoked);
      assertThat(ask(gateway, "POST", "/api/payment/revoke", revoked).status()).isEqualTo(200);
      for (int i = 0; i < 20; i++) {
        assertThat(chat(gateway, keys.get(i % 2)).status()).isEqualTo(200);
      }
      for (String key : keys) {
        gateway.awaitSettled(key);
      }
      List<JsonNode> before = List.of(state(gateway, keys.get(0)), state(gateway, keys.get(1)));

      // Who asks waits until the archive has what happened to the account.
      assertThat(ask(gateway, "GET", "/v1/usage", sibling).status()).isEqualTo(200);
      flush(server);
      assertThat(chat(gateway, keys.get(0)).status()).isEqualTo(401);
      Restore.Outcome outcome = gateway.rebuildLedger();

      assertThat(outcome).isEqualTo(new Restore.Outcome(3, 0, 4, 20, 3));
      for (int i = 0; i < keys.size(); i++) {
        assertThat(state(gateway, keys.get(i))).isEqualTo(before.get(i));
      }
      assertAudited(gateway);
      RawAnswer answer = ask(gateway, "GET", "/v1/usage", revoked);
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).contains("revoked");

      assertThat(chat(gateway, keys.get(0)).status()).isEqualTo(200);
      gateway.awaitSettled(keys.get(0));
      JsonNode after = state(gateway, keys.get(0));
      assertThat(after.path("quota").path("used").decimalValue())
          .isGreaterThan(before.get(0).path("quota").path("used").decimalValue());
      assertAudited(gateway);
      assertThat(gateway.rebuildLedger()).isEqualTo(new Restore.Outcome(0, 3, 0, 0, 0));
      assertThat(state(gateway, keys.get(0))).isEqualTo(after);
    }
  }

  private static void assertAudited(GatewayForTests gateway) throws Exception {
    try (RawClient client = gateway.connectOps()) {
      RawAnswer answer =
          client
              .request("GET", "/admin/v1/audit", "authorization", "Bearer " + gateway.adminToken())
              .readAnswer();
      assertThat(Json.parse(answer.body()).path("ok").asBoolean()).as(answer.text()).isTrue();
    }
  }

  /** What a key says of itself, but for what moves with the clock. */
  private static JsonNode state(GatewayForTests gateway, String key) throws Exception {
    RawAnswer answer = ask(gateway, "GET", "/v1/usage", key);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    ObjectNode state = (ObjectNode) Json.parse(answer.body());
    state.path("rate_limits").forEach(window -> ((ObjectNode) window).remove("window_start"));
    return state;
  }

  private static RawAnswer chat(GatewayForTests gateway, String key) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private static RawAnswer ask(GatewayForTests gateway, String method, String path, String key)
      throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.request(method, path, "authorization", "Bearer " + key).readAnswer();
    }
  }

  private static void flush(RedisServerForTests server) throws Exception {
    Path path = Path.of(server.uri().replaceFirst("^unix:(//)?", ""));
    try (SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      socket.write(ByteBuffer.wrap("FLUSHALL\r\n".getBytes(US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(5);
      while (answer.hasRemaining() && socket.read(answer) >= 0) {}
      assertThat(new String(answer.array(), US_ASCII)).isEqualTo("+OK\r\n");
    }
  }
}
