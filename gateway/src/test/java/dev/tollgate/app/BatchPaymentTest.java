package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestCard;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A batch is held for when it is made, and paid for once, when somebody sees it done. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class BatchPaymentTest {
  private static final String CREDIT_USD = "10";
  private static final TestPrice PRICE = Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT));
  private static final TestPrice HALF = new TestPrice("0.11", "0.33", "0.11", "0.11", "0.11");

  private static final String MODELS =
      """
      half-price:
        targets: [ { provider: openai-fake, model: half-price } ]
        prices: { input: 0.22, output: 0.66 }
        service_tiers: { batch: { input: 0.11, output: 0.33 } }
      other-name:
        targets: [ { provider: openai-fake, model: real-name } ]
        prices: { input: 0.22, output: 0.66 }
      tiered:
        targets: [ { provider: openai-fake, model: tiered } ]
        prices: { input: 1, output: 1 }
        tiers: [ { above_input_tokens: 1000, prices: { input: 2 } } ]
      """;

  /** So short that a tombstone is gone before the next poll, if that waits a little. */
  private static final String FORGETFUL =
      """
      ledger: { tombstone_millis: 2s }
      journal: { horizon_millis: 500ms }
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static GatewayForTests second;
  private static RedisForTests redis;

  private KeptClient client;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(11);
    gateway =
        GatewayForTests.start(provider, GatewaySetup.USUAL.with("", MODELS).limits(FORGETFUL));
    second = gateway.another();
    redis = RedisForTests.open();
  }

  @AfterAll
  static void stop() throws Exception {
    redis.close();
    second.close();
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void customer() throws Exception {
    client = new KeptClient(gateway, gateway.createKey(CREDIT_USD, "{\"max_concurrency\":2}"));
  }

  @AfterEach
  void reportUsage() {
    provider.batches().reportsUsage(true);
  }

  private JsonNode poll(String batch) throws Exception {
    return client.get("/v1/batches/" + batch);
  }

  private long costNanoUsd(String batch) {
    return Objects.requireNonNull(PRICE).costNanoUsd(provider.batches().usage(batch));
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(nanoUsd);
    BooksForTests books = BooksForTests.of(redis, gateway.accountId(client.key()));
    gateway.await(() -> BooksForTests.of(redis, gateway.accountId(client.key())).opens() == 0);
    assertThat(books.sumNanoUsd()).isEqualTo(books.balanceNanoUsd());
  }

  private void awaitTombstoneGone(String batch) throws Exception {
    String hold = gateway.shardOf(client.key()).replace("holds", "hold:" + requestOf(batch));
    gateway.await(() -> !redis.exists(hold));
  }

  /** The purchase that pays for it. */
  private String requestOf(String batch) {
    return redis.events(gateway.accountId(client.key())).stream()
        .filter(event -> batch.equals(event.get("object")) && event.containsKey("deferred"))
        .map(event -> event.getOrDefault("request", ""))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, String> settlementOf(String batch) {
    return redis.events(gateway.accountId(client.key())).stream()
        .filter(event -> batch.equals(event.get("object")) && "settle".equals(event.get("act")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void batch_isHeldForUntilItIsDone_andThenCostsWhatWasUsed() throws Exception {
    String batch = client.batch(5);
    long held = gateway.heldNanoUsd(client.key());
    assertThat(held).isPositive();

    provider.batches().begin(batch);
    assertThat(poll(batch).path("status").asString("")).isEqualTo("in_progress");
    assertThat(gateway.heldNanoUsd(client.key())).isEqualTo(held);
    assertThat(gateway.spentNanoUsd(client.key())).isZero();

    provider.batches().complete(batch);
    assertThat(poll(batch).path("status").asString("")).isEqualTo("completed");
    assertThat(costNanoUsd(batch)).isPositive().isLessThan(held);
    assertSpent(costNanoUsd(batch));
    assertThat(settlementOf(batch))
        .containsEntry("endpoint", "/v1/batches")
        .containsEntry("kind", "debit_inference")
        .containsEntry("model", TestCard.CHAT)
        .containsEntry("provider", "openai-fake")
        .containsEntry("estimated", "");
  }

  @Test
  void batchesUnderWay_areNoConcurrentRequests() throws Exception {
    for (int i = 0; i < 4; i++) {
      client.batch(1);
    }
    assertThat(client.listed("/v1/batches", 10)).hasSize(4);
  }

  @Test
  void batchOfAModelWithBatchPrices_costsThese() throws Exception {
    String lines = KeptClient.chats(3, 50).replace(TestCard.CHAT, "half-price");
    String file = client.upload("batch", lines);
    String batch = client.post("/v1/batches", KeptClient.batchOf(file)).path("id").asString("");

    provider.batches().complete(batch);
    poll(batch);

    assertSpent(HALF.costNanoUsd(provider.batches().usage(batch)));
  }

  @Test
  void batchOfEmbeddings_costsItsInput() throws Exception {
    String line =
        """
        {"custom_id":"e","method":"POST","url":"/v1/embeddings",\
        "body":{"model":"%s","input":["one word","two words"]}}
        """
            .formatted(TestCard.EMBEDDING);
    String file = client.upload("batch", line);
    String body = KeptClient.batchOf(file).replace("chat/completions", "embeddings");
    String batch = client.post("/v1/batches", body).path("id").asString("");

    provider.batches().complete(batch);
    poll(batch);

    TestPrice price = Objects.requireNonNull(TestCard.PRICES.get(TestCard.EMBEDDING));
    assertSpent(price.costNanoUsd(provider.batches().usage(batch)));
    assertThat(gateway.spentNanoUsd(client.key())).isPositive();
  }

  @Test
  void batch_isPaidForOnce_howeverManySeeItAtOnceOnTwoGateways() throws Exception {
    String key = gateway.createKey(CREDIT_USD);
    client = new KeptClient(gateway, key);
    String batch = client.batch(5);
    provider.batches().complete(batch);

    List<Callable<JsonNode>> polls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      KeptClient one = client.at(i % 2 == 0 ? gateway : second);
      polls.add(() -> one.get("/v1/batches/" + batch));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<JsonNode> poll : threads.invokeAll(polls)) {
        assertThat(poll.get().path("status").asString("")).isEqualTo("completed");
      }
    }

    assertSpent(costNanoUsd(batch));
  }

  @Test
  void batch_thatIsSeenAgainAfterItsTombstoneIsGone_isNotPaidForAgain() throws Exception {
    String batch = client.batch(2);
    provider.batches().complete(batch);
    poll(batch);
    awaitTombstoneGone(batch);

    poll(batch);
    client.at(second).get("/v1/batches/" + batch);
    client.listed("/v1/batches", 10);

    assertSpent(costNanoUsd(batch));
  }

  @Test
  void batch_thatIsSeenDoneOnAList_isPaidFor() throws Exception {
    String batch = client.batch(2);
    provider.batches().complete(batch);

    assertThat(client.listed("/v1/batches", 10)).containsExactly(batch);

    assertSpent(costNanoUsd(batch));
  }

  @Test
  void batch_thatExpiresHalfDone_costsThatHalf() throws Exception {
    String batch = client.batch(6);
    provider.batches().expire(batch, 3);

    JsonNode expired = poll(batch);

    assertThat(expired.path("status").asString("")).isEqualTo("expired");
    assertThat(costNanoUsd(batch)).isPositive();
    assertSpent(costNanoUsd(batch));
    String errors = expired.path("error_file_id").asString("");
    assertThat(client.call("GET", "/v1/files/" + errors + "/content").status()).isEqualTo(200);
  }

  @Test
  void batch_thatIsCancelled_costsWhatWasDoneByThen() throws Exception {
    String batch = client.batch(6);
    JsonNode cancelling = KeptClient.good(client.call("POST", "/v1/batches/" + batch + "/cancel"));
    assertThat(cancelling.path("status").asString("")).isEqualTo("cancelling");
    assertThat(gateway.heldNanoUsd(client.key())).as("it is not over").isPositive();

    provider.batches().cancel(batch, 2);
    poll(batch);

    assertSpent(costNanoUsd(batch));
  }

  @Test
  void batch_thatFails_costsNothing() throws Exception {
    String batch = client.batch(2);
    provider.batches().fail(batch);

    poll(batch);

    assertSpent(0);
  }

  @Test
  void batch_ofAProviderThatDoesNotSayWhatWasUsed_costsItsShareOfTheHold() throws Exception {
    provider.batches().reportsUsage(false);
    String batch = client.batch(4);
    long held = gateway.heldNanoUsd(client.key());
    provider.batches().expire(batch, 1);

    poll(batch);

    assertSpent(Math.ceilDiv(held, 4));
    assertThat(settlementOf(batch)).containsEntry("estimated", "missing_usage");
  }

  @Test
  void batch_whosePriceRisesMeanwhile_costsWhatItDidWhenItWasMade() throws Exception {
    String lines = KeptClient.chats(3, 50).replace(TestCard.CHAT, "half-price");
    String file = client.upload("batch", lines);
    String batch = client.post("/v1/batches", KeptClient.batchOf(file)).path("id").asString("");

    gateway.editRates(rates -> rates.replace("{ input: 0.11, output: 0.33 }", "{ input: 5 }"));
    try {
      gateway.await(() -> gateway.configDocument().contains("applied"));
      provider.batches().complete(batch);
      poll(batch);
      assertSpent(HALF.costNanoUsd(provider.batches().usage(batch)));
    } finally {
      gateway.editRates(rates -> rates.replace("{ input: 5 }", "{ input: 0.11, output: 0.33 }"));
    }
  }

  @Test
  void batch_thatTheBalanceDoesNotCover_isRefused_andNotMade() throws Exception {
    client = new KeptClient(gateway, gateway.createKey("0.0001"));
    String file = client.upload("batch", KeptClient.chats(50, 1000));
    int batches = provider.batches().count();

    RawAnswer answer = client.call("POST", "/v1/batches", KeptClient.batchOf(file));

    assertThat(answer.status()).isEqualTo(402);
    assertThat(answer.text()).contains("insufficient_credits");
    assertThat(provider.batches().count()).isEqualTo(batches);
    assertSpent(0);
  }

  @Test
  void batch_thatTheProviderRefuses_isNotHeldForAnyLonger() throws Exception {
    String file = client.upload("batch", KeptClient.chats(1, 10));
    provider.files().lose(file);

    RawAnswer answer = client.call("POST", "/v1/batches", KeptClient.batchOf(file));

    assertThat(answer.status()).isEqualTo(404);
    assertSpent(0);
  }

  @Test
  void batchUnderWay_cannotBeDeletedUnpaid_andItsOutputIsNobodysYet() throws Exception {
    String batch = client.batch(2);
    provider.batches().complete(batch);

    // what the provider has made of it nobody may read before it is paid for
    String output = provider.batches().outputOf(batch);
    assertThat(client.call("GET", "/v1/files/" + output + "/content").status()).isEqualTo(404);
    assertThat(client.listed("/v1/files?purpose=batch_output", 10)).isEmpty();

    poll(batch);
    assertThat(client.call("GET", "/v1/files/" + output + "/content").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keyThatMayNotUseTheModel_mayNotInABatchEither(boolean isAllowed) throws Exception {
    String models = isAllowed ? TestCard.CHAT : "something-else";
    client = new KeptClient(gateway, gateway.createKey("1", "{\"models\":[\"" + models + "\"]}"));
    String file = client.upload("batch", KeptClient.chats(1, 10));

    RawAnswer answer = client.call("POST", "/v1/batches", KeptClient.batchOf(file));

    assertThat(answer.status()).isEqualTo(isAllowed ? 200 : 403);
  }

  static List<Arguments> unsellable() {
    String chat = KeptClient.chats(1, 10);
    return List.of(
        Arguments.of("two models", chat + chat.replace(TestCard.CHAT, "half-price"), "Line 2"),
        Arguments.of("two urls", chat + chat.replace("/chat", ""), "Line 2"),
        Arguments.of("no JSON", chat + "hello\n", "Line 2 is no JSON object"),
        Arguments.of("a list", "[1]\n", "Line 1 is no JSON object"),
        Arguments.of("no model", chat.replace("\"model\"", "\"modell\""), "body.model"),
        Arguments.of(
            "model twice", chat.replace("{\"model\"", "{\"model\":\"x\",\"model\""), "twice"),
        Arguments.of("impossible cap", chat.replace(":10,", ":-1,"), "cap of its output"),
        Arguments.of(
            "a web search",
            chat.replace("{\"model\"", "{\"tools\":[{\"type\":\"web_search\"}],\"model\""),
            "tool"),
        Arguments.of(
            "another response",
            chat.replace("{\"model\"", "{\"previous_response_id\":\"resp_1\",\"model\""),
            "previous_response_id"),
        Arguments.of("another name", chat.replace(TestCard.CHAT, "other-name"), "not offered"),
        Arguments.of("an unknown model", chat.replace(TestCard.CHAT, "nobody"), "not offered"),
        Arguments.of(
            "another price tier",
            chat.replace(TestCard.CHAT, "tiered").replace("What", "What ".repeat(1000)),
            "1000 tokens"),
        Arguments.of("nothing", "\n", "no lines"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unsellable")
  void fileThatCannotBeSold_isTaken_andRefusedAsABatch(String what, String lines, String why)
      throws Exception {
    String file = client.upload("batch", lines);
    int batches = provider.batches().count();

    RawAnswer answer = client.call("POST", "/v1/batches", KeptClient.batchOf(file));

    assertThat(answer.status()).as(what).isIn(400, 404);
    assertThat(Json.parse(answer.body()).path("error").path("message").asString("")).contains(why);
    assertThat(provider.batches().count()).isEqualTo(batches);
    assertSpent(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"endpoint\":\"/v1/chat/completions\"}",
        "{\"input_file_id\":7,\"endpoint\":\"/v1/chat/completions\"}",
        "{\"input_file_id\":\"a\",\"input_file_id\":\"b\",\"endpoint\":\"/v1/chat/completions\"}",
        "{\"Input_File_Id\":\"a\"}",
        "[]",
        "{"
      })
  void nonsense_isRefused(String body) throws Exception {
    RawAnswer answer = client.call("POST", "/v1/batches", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("invalid_request");
  }

  @Test
  void endpointOtherThanTheLines_isRefused() throws Exception {
    String file = client.upload("batch", KeptClient.chats(1, 10));
    String body = KeptClient.batchOf(file).replace("chat/completions", "embeddings");

    RawAnswer answer = client.call("POST", "/v1/batches", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(Json.parse(answer.body()).path("error").path("param").asString(""))
        .isEqualTo("endpoint");
  }
}
