package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The keys of an account, for the holder of one of them. */
@ExtendWith(LeakWatch.class)
class OwnKeysTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(73).reporting(ServedUsage.of(10, 20));
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(73);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static int chat(String key) throws Exception {
    return gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode();
  }

  private static JsonNode create(String key, String fields) throws Exception {
    HttpResponse<String> answer = gateway.ask(key, "POST", "/v1/keys", fields);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return json(answer);
  }

  private static String path(String key) {
    return "/v1/keys/" + gateway.keyRef(key).key().value();
  }

  @Test
  void aKey_isMadeWithItsLimits_worksAtOnce_andItsSecretIsShownOnce() throws Exception {
    String key = gateway.createKey("1");

    JsonNode made =
        create(
            key,
            """
            {"name":"O'Brien \\"50%\\" \u2713","quota_usd":0.5,"windows_usd":{"5h":0.1},"rpm":2,\
            "models":["llama-*"],"expires_at":"2999-01-01T00:00:00Z"}\
            """);

    String secret = made.path("key").asString();
    assertThat(secret).startsWith("tg_live_");
    assertThat(made.path("name").asString()).isEqualTo("O'Brien \"50%\" \u2713");
    assertThat(made.path("account").asString()).isEqualTo(gateway.accountId(key).value());
    assertThat(made.path("quota_usd").decimalValue()).isEqualByComparingTo("0.5");
    assertThat(chat(secret)).isEqualTo(200);
    assertThat(chat(secret)).isEqualTo(200);
    assertThat(chat(secret)).as("rpm").isEqualTo(429);
    String shown = gateway.get(key, "/v1/keys/" + made.path("id").asString()).toString();
    String listed = gateway.get(key, "/v1/keys").toString();
    assertThat(shown + listed).doesNotContain(secret).doesNotContain("sha256");
    assertThat(gateway.get(secret, "/v1/usage").path("quota").path("limit").decimalValue())
        .isEqualByComparingTo("0.5");
  }

  @Test
  void keys_areListedOldestFirst_inPages() throws Exception {
    String key = gateway.createKey("1");
    String second = create(key, "{\"name\":\"second\"}").path("id").asString();
    String third = create(key, "").path("id").asString();

    JsonNode all = gateway.get(key, "/v1/keys");
    JsonNode last = gateway.get(key, "/v1/keys?page=2&per_page=2");

    assertThat(all.path("meta").toString()).isEqualTo("{\"page\":1,\"per_page\":20,\"total\":3}");
    assertThat(all.path("data").path(0).path("id").asString())
        .isEqualTo(gateway.keyRef(key).key().value());
    assertThat(all.path("data").path(1).path("id").asString()).isEqualTo(second);
    assertThat(last.path("data").size()).isEqualTo(1);
    assertThat(last.path("data").path(0).path("id").asString()).isEqualTo(third);
    assertThat(gateway.get(key, "/v1/keys?page=3&per_page=2").path("data").size()).isZero();
    assertThat(gateway.ask(key, "GET", "/v1/keys?per_page=0", null).statusCode()).isEqualTo(400);
  }

  @Test
  void aKey_isChanged_andRevokedForGood() throws Exception {
    String key = gateway.createKey("1");
    JsonNode made = create(key, "{\"quota_usd\":0}");
    String secret = made.path("key").asString();
    String path = "/v1/keys/" + made.path("id").asString();
    assertThat(chat(secret)).isEqualTo(402);

    HttpResponse<String> changed =
        gateway.ask(key, "PATCH", path, "{\"quota_usd\":null,\"name\":\"other\"}");

    assertThat(json(changed).path("name").asString()).isEqualTo("other");
    assertThat(json(changed).path("quota_usd").isNull()).isTrue();
    assertThat(chat(secret)).isEqualTo(200);
    gateway.ask(key, "PATCH", path, "{\"status\":\"disabled\"}");
    assertThat(chat(secret)).isEqualTo(401);
    gateway.ask(key, "PATCH", path, "{\"status\":\"active\"}");
    assertThat(chat(secret)).isEqualTo(200);
    HttpResponse<String> revoked = gateway.ask(key, "DELETE", path, null);
    assertThat(json(revoked).path("status").asString()).isEqualTo("revoked");
    assertThat(chat(secret)).isEqualTo(401);
    assertThat(gateway.ask(key, "PATCH", path, "{\"status\":\"active\"}").statusCode())
        .isEqualTo(409);
    assertThat(chat(secret)).isEqualTo(401);
  }

  /** Accounts of one shard, so that the keys lie side by side. */
  private static String neighbour(String key) throws Exception {
    for (int i = 0; i < 2_000; i++) {
      String other = gateway.createKey("0");
      if (gateway.shardOf(other).equals(gateway.shardOf(key))) {
        return other;
      }
    }
    throw new AssertionError("no account came to lie in the same shard");
  }

  @Test
  void aKeyOfAnotherAccount_isNotFound_andNothingHappensToIt() throws Exception {
    String key = gateway.createKey("1");
    String stranger = neighbour(key);

    HttpResponse<String> shown = gateway.ask(stranger, "GET", path(key), null);
    HttpResponse<String> changed =
        gateway.ask(stranger, "PATCH", path(key), "{\"status\":\"disabled\",\"name\":\"mine\"}");
    HttpResponse<String> revoked = gateway.ask(stranger, "DELETE", path(key), null);
    HttpResponse<String> unknown =
        gateway.ask(stranger, "GET", "/v1/keys/key_00000000000000000000", null);

    assertThat(shown.statusCode()).isEqualTo(404);
    assertThat(changed.statusCode()).isEqualTo(404);
    assertThat(revoked.statusCode()).isEqualTo(404);
    assertThat(shown.body())
        .isEqualTo(unknown.body())
        .isEqualTo(changed.body())
        .isEqualTo(revoked.body());
    assertThat(chat(key)).isEqualTo(200);
    assertThat(gateway.get(key, path(key)).path("name").asString()).isEmpty();
    assertThat(gateway.get(stranger, "/v1/keys").toString())
        .doesNotContain(gateway.keyRef(key).key().value());
  }

  @ParameterizedTest
  @ValueSource(strings = {"'%20OR%20'1'='1", "%25", "key_%22", "%7B*%7D", "key_%0A", "a%2Fb"})
  void whatIsNoKeyId_isNotFound(String id) throws Exception {
    String key = gateway.createKey("1");

    assertThat(gateway.ask(key, "GET", "/v1/keys/" + id, null).statusCode()).isEqualTo(404);
    assertThat(gateway.ask(key, "DELETE", "/v1/keys/" + id, null).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"a\\u0000b\"}",
        "{\"name\":\"two\\nlines\"}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":7}",
        "{\"scopes\":[\"meter\"]}",
        "{\"account\":\"acct_00000000000000000000\"}",
        "{\"quota_usd\":-1}",
        "{\"quota_usd\":\"lots\"}",
        "{\"windows_usd\":{\"5 hours\":1}}",
        "{\"window_kind\":\"calendar\"}",
        "{\"models\":[\"a\\u0000\"]}",
        "{\"models\":\"llama\"}",
        "{\"expires_at\":\"soon\"}",
        "{\"rpm\":0}",
        "{\"budgets\":[{\"name\":\"x'y\",\"unit\":\"usd\",\"limit\":1}]}",
        "[]",
        "{"
      })
  void whatIsNoKey_isRefused_andNoneIsMade(String fields) throws Exception {
    String key = gateway.createKey("1");

    HttpResponse<String> answer = gateway.ask(key, "POST", "/v1/keys", fields);
    HttpResponse<String> change = gateway.ask(key, "PATCH", path(key), fields);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(change.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("error").path("code").asString()).isEqualTo("invalid_request");
    assertThat(gateway.get(key, "/v1/keys").path("meta").path("total").asLong()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"quota_usd\":1}",
        "{\"rpm\":100}",
        "{\"models\":[\"*\"]}",
        "{\"scopes\":[\"meter\"]}",
        "{\"expires_at\":\"2999-01-01T00:00:00Z\"}"
      })
  void aKeyThatIsLimitedItself_mayLookAndRevokeItself_butChangeNothing(String limits)
      throws Exception {
    String key = gateway.createKey("1", limits);
    String sibling = gateway.createSibling(key);

    assertThat(gateway.ask(key, "POST", "/v1/keys", "{}").statusCode()).isEqualTo(403);
    assertThat(gateway.ask(key, "PATCH", path(key), "{\"quota_usd\":null}").statusCode())
        .isEqualTo(403);
    assertThat(gateway.ask(key, "DELETE", path(sibling), null).statusCode()).isEqualTo(403);
    assertThat(gateway.get(key, "/v1/keys").path("data").size()).isEqualTo(2);
    assertThat(gateway.ask(key, "DELETE", path(key), null).statusCode()).isEqualTo(200);
    assertThat(gateway.ask(key, "GET", "/v1/keys", null).statusCode()).isEqualTo(401);
    assertThat(chat(sibling)).isEqualTo(200);
  }

  @Test
  void aSuspendedAccount_makesNoKeys() throws Exception {
    String key = gateway.createKey("1");
    gateway.suspend(key);

    HttpResponse<String> answer = gateway.ask(key, "POST", "/v1/keys", "{}");

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("account_suspended");
    assertThat(gateway.ask(key, "GET", "/v1/keys", null).statusCode()).isEqualTo(200);
  }
}
