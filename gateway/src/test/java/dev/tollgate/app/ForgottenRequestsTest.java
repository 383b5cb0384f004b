package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A request that Redis has forgotten is told of from the archive. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class ForgottenRequestsTest {
  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(57);

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED = BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");
  private static final String FAILING = BODY.replace("Hello", "Fail");

  private static final String FORGETFUL =
      """
      ledger: { tombstone_millis: 2s }
      journal: { horizon_millis: 1s }
      """;

  @Test
  void request_thatRedisHasForgotten_isToldOfFromTheArchive_toItsAccountAlone() throws Exception {
    try (FakeProvider provider = FakeProvider.start(57);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.limits(FORGETFUL))) {
      provider.on(
          "/chat/completions",
          request ->
              request.json().at("/messages/0/content").asString("").equals("Fail")
                  ? Answer.error(400, "{}").script()
                  : OPEN_AI.chat(request).script());
      String key = gateway.createKey("10");
      String stranger = gateway.createKey("10");
      Map<String, JsonNode> before = new LinkedHashMap<>();
      for (String body : List.of(BODY, STREAMED, FAILING)) {
        String id = ask(gateway, key, body);
        before.put(id, gateway.generation(key, id));
      }
      for (String id : before.keySet()) {
        awaitForgotten(gateway, key, id);

        JsonNode after = gateway.generation(key, id);

        assertThat(after).isEqualTo(asArchived(before.get(id)));
        assertThat(gateway.askForGeneration(stranger, id).statusCode()).isEqualTo(404);
      }
    }
  }

  /** What is not archived of a request: its tries, and the upstream's own name of the model. */
  private static JsonNode asArchived(JsonNode before) {
    ObjectNode archived = (ObjectNode) before.deepCopy();
    archived.putNull("upstream_model");
    archived.putArray("attempts");
    archived.remove("reason");
    return archived;
  }

  private static String ask(GatewayForTests gateway, String key, String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return Objects.requireNonNull(
          client
              .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
              .readAnswer()
              .head()
              .field("x-request-id"));
    }
  }

  private static void awaitForgotten(GatewayForTests gateway, String key, String id)
      throws Exception {
    assertThat(gateway.ask(key, "GET", "/v1/usage", "").statusCode()).isEqualTo(200);
    try (RedisForTests redis = RedisForTests.open()) {
      gateway.await(() -> redis.record(gateway.keyRef(key), new RequestId(id)).isEmpty());
    }
  }
}
