package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Restore;
import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.List;
import java.util.Objects;
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
  private static final String FORGETFUL =
      """
      ledger: { tombstone_millis: 2s }
      journal: { horizon_millis: 500ms }
      """;
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
      server.flush();
      assertThat(chat(gateway, keys.get(0)).status()).isEqualTo(401);
      Restore.Outcome outcome = gateway.rebuildLedger();

      assertThat(outcome).isEqualTo(new Restore.Outcome(3, 0, 4, 20, 3, 0));
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
      rename(gateway, sibling);
      assertAudited(gateway);
      assertThat(gateway.rebuildLedger()).isEqualTo(new Restore.Outcome(0, 3, 0, 0, 0, 0));
      assertThat(state(gateway, keys.get(0))).isEqualTo(after);
    }
  }

  @Test
  void objectsThatProvidersKeep_areTheirAccountsAgain_andArePaidOnce() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(72);
        GatewayForTests gateway =
            GatewayForTests.start(
                provider, GatewaySetup.USUAL.redis(server.uri()).limits(FORGETFUL))) {
      KeptClient client = new KeptClient(gateway, gateway.createKey("10"));
      KeptClient stranger = new KeptClient(gateway, gateway.createKey("10"));
      String paid = client.batch(3);
      String owed = client.batch(2);
      String deleted = client.upload("batch", KeptClient.chats(1, 10));
      KeptClient.good(client.call("DELETE", "/v1/files/" + deleted));
      provider.batches().complete(paid);
      client.get("/v1/batches/" + paid);
      gateway.await(() -> gateway.spentNanoUsd(client.key()) > 0);
      List<String> files = client.listed("/v1/files", 10);
      List<String> batches = client.listed("/v1/batches", 10);
      long spent = gateway.spentNanoUsd(client.key());
      assertThat(files).hasSizeGreaterThan(2).doesNotContain(deleted);

      assertThat(ask(gateway, "GET", "/v1/usage", client.key()).status()).isEqualTo(200);
      awaitTombstonesGone(server, gateway, client.key());
      server.flush();
      Restore.Outcome outcome = gateway.rebuildLedger();

      assertThat(outcome.requests()).isZero();
      assertThat(outcome.objects()).isEqualTo(files.size() + batches.size());
      assertThat(client.listed("/v1/files", 2)).isEqualTo(files);
      assertThat(client.listed("/v1/batches", 1)).isEqualTo(batches);
      assertThat(stranger.listed("/v1/files", 10)).isEmpty();
      assertThat(stranger.call("GET", "/v1/batches/" + paid).status()).isEqualTo(404);
      assertThat(client.call("GET", "/v1/files/" + deleted).status()).isEqualTo(404);
      client.get("/v1/batches/" + paid);
      client.get("/v1/batches/" + owed);
      assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(spent);

      provider.batches().complete(owed);
      for (int look = 0; look < 3; look++) {
        client.get("/v1/batches/" + owed);
      }
      long cost =
          Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT))
              .costNanoUsd(provider.batches().usage(owed));
      gateway.await(() -> gateway.spentNanoUsd(client.key()) > spent);
      assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(spent + cost);
      assertAudited(gateway);
    }
  }

  @Test
  void runs_areKnownAgain_andChargedOnce() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(73);
        GatewayForTests gateway =
            GatewayForTests.start(
                provider,
                GatewaySetup.USUAL
                    .redis(server.uri())
                    .limits(FORGETFUL)
                    .rates("training: { toll-base: { per_mtok_epoch: 1 } }\n"))) {
      RunClient client = RunClient.withUsd(gateway, "10");
      String settled = client.holdRun(100_000);
      RunClient.data(200, client.settle(settled, RunClient.tokens(120_000)));
      String released = client.holdRun(100_000);
      RunClient.data(200, client.release(released));
      String session = client.hold(RunClient.session(100_000, 3)).path("id").asString("");
      RunClient.data(200, client.settle(session, RunClient.iteration(1, 90_000)));
      RunClient.data(200, client.settle(session, RunClient.iteration(2, 290_000)));
      long spent = gateway.spentNanoUsd(client.key());
      assertThat(client.entries()).as("it is archived").hasSize(6);
      awaitTombstonesGone(server, gateway, client.key(), settled);
      server.flush();
      assertThat(gateway.rebuildLedger().objects()).isEqualTo(3);

      RunClient.data(200, client.settle(settled, RunClient.tokens(120_000)));
      assertThat(client.settle(settled, RunClient.tokens(130_000)).statusCode()).isEqualTo(409);
      assertThat(client.settle(released, RunClient.tokens(1)).statusCode()).isEqualTo(409);
      RunClient.data(200, client.settle(session, RunClient.iteration(2, 290_000)));
      assertThat(client.settle(session, RunClient.iteration(1, 80_000)).statusCode())
          .isEqualTo(409);
      assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(spent);

      RunClient.data(200, client.settle(session, RunClient.iteration(3, 50_000)));
      assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(spent + 50_000_000);
      assertAudited(gateway);
    }
  }

  /** So that nothing but the archive knows what has been paid. */
  private static void awaitTombstonesGone(
      RedisServerForTests server, GatewayForTests gateway, String key) throws Exception {
    try (RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      List<String> ended =
          redis.events(gateway.accountId(key)).stream()
              .filter(event -> "settle".equals(event.get("act")))
              .map(event -> event.getOrDefault("request", ""))
              .toList();
      assertThat(ended).isNotEmpty();
      awaitGone(redis, gateway, key, ended);
    }
  }

  private static void awaitTombstonesGone(
      RedisServerForTests server, GatewayForTests gateway, String key, String request)
      throws Exception {
    try (RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      awaitGone(redis, gateway, key, List.of(request));
    }
  }

  private static void awaitGone(
      RedisForTests redis, GatewayForTests gateway, String key, List<String> ended)
      throws Exception {
    for (String request : ended) {
      gateway.await(() -> redis.record(gateway.keyRef(key), new RequestId(request)).isEmpty());
    }
  }

  /** A change after the loss must count as later than those that were archived before it. */
  private static void rename(GatewayForTests gateway, String key) throws Exception {
    JsonNode keys = Json.parse(ask(gateway, "GET", "/v1/keys", key).body());
    JsonNode active =
        keys.path("data")
            .valueStream()
            .filter(one -> one.path("status").asString().equals("active"))
            .findFirst()
            .orElseThrow();
    String path = "/v1/keys/" + active.path("id").asString();
    assertThat(gateway.ask(key, "PATCH", path, "{\"name\":\"renamed\"}").statusCode())
        .isEqualTo(200);
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
}
