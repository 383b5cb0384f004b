package dev.tollgate.app;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.LeakWatch;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A response in the background is paid for by whoever first sees it done. Its purchase is put into
 * the ledger here as it stands once the response has been promised.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class PolledResponseTest {
  private static final long HELD = 500_000_000;
  private static final ServedUsage USAGE = new ServedUsage(400, 100, 0, 0, 250, 90);
  private static final TestPrice PRICE = Objects.requireNonNull(TestCard.PRICES.get(TestCard.CHAT));

  /** The price of {@link TestCard#CHAT}, in nano-USD per million. */
  private static final String RATES =
      "input=200001000,cache_read=20003000,cache_write_5m=200001000,cache_write_1h=200001000,"
          + "output=600007000";

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static RedisForTests redis;

  private KeptClient client;
  private RequestId request;
  private String response;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(19);
    gateway = GatewayForTests.start(provider);
    redis = RedisForTests.open();
  }

  @AfterAll
  static void stop() throws Exception {
    redis.close();
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void promise() throws Exception {
    client = new KeptClient(gateway, gateway.createKey("10"));
    response = provider.responses().queue(TestCard.CHAT);
    request = redis.nextRequest();
    KeyRef key = gateway.keyRef(client.key());
    HoldRequest hold = new HoldRequest(request, key, HELD, 100, TestCard.CHAT, 60_000);
    assertThat(await(redis.ledger().hold(hold))).isInstanceOf(HoldOutcome.Held.class);
    keep(new Payment.Later(86_400_000));
  }

  private void keep(Payment payment) {
    Map<String, String> facts = new HashMap<>();
    facts.put("endpoint", "/v1/responses");
    facts.put("model", TestCard.CHAT);
    facts.put("upstream_model", TestCard.CHAT);
    facts.put("rates", RATES);
    facts.put("held", Long.toString(HELD));
    facts.put("multiplier_ppm", "1000000");
    facts.put("requests", "1");
    facts.put("service_tier", "");
    facts.put("text_bytes", "40");
    facts.put("messages", "1");
    facts.put("images", "0");
    NewObject object =
        new NewObject(
            gateway.keyRef(client.key()),
            response,
            ObjectKind.RESPONSE,
            "openai-fake",
            request,
            "",
            facts,
            payment,
            86_400_000,
            100);
    assertThat(await(redis.ledger().keep(object))).isTrue();
  }

  private void poll() throws Exception {
    client.get("/v1/responses/" + response);
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).isEqualTo(nanoUsd);
    gateway.await(() -> BooksForTests.of(redis, gateway.accountId(client.key())).opens() == 0);
    BooksForTests.of(redis, gateway.accountId(client.key())).assertConsistent();
  }

  @Test
  void response_thatIsNotDone_costsNothingYet_andIsNotPinnedThere() throws Exception {
    poll();
    provider.responses().begin(response);
    poll();
    assertThat(gateway.spentNanoUsd(client.key())).isZero();
    assertThat(gateway.heldNanoUsd(client.key())).isEqualTo(HELD);

    provider.responses().end(response, "completed", USAGE);
    poll();
    poll();

    assertSpent(PRICE.costNanoUsd(USAGE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"incomplete", "failed", "cancelled"})
  void response_thatEndedInAnotherWay_costsWhatItSays(String status) throws Exception {
    provider.responses().end(response, status, USAGE);
    poll();

    assertSpent(PRICE.costNanoUsd(USAGE));
  }

  @Test
  void response_thatFailedWithoutUsage_costsNothing() throws Exception {
    provider.responses().fail(response);
    poll();

    assertSpent(0);
  }

  @Test
  void response_thatIsCancelledBeforeItBegan_costsNothing() throws Exception {
    assertThat(client.call("POST", "/v1/responses/" + response + "/cancel").status())
        .isEqualTo(200);

    assertSpent(0);
  }

  @Test
  void response_withoutUsage_isEstimatedByItsText() throws Exception {
    provider.responses().write(response, "completed");
    poll();

    gateway.awaitSettled(client.key());
    assertThat(gateway.spentNanoUsd(client.key())).isPositive().isLessThan(HELD);
    Map<String, String> settled = redis.events(gateway.keyRef(client.key()), request).getLast();
    assertThat(settled)
        .containsEntry("estimated", "missing_usage")
        .containsEntry("object", response);
  }

  @Test
  void response_thatIsOwed_canNeitherBeDeletedNorBuiltOn() throws Exception {
    assertThat(client.call("DELETE", "/v1/responses/" + response).status()).isEqualTo(400);

    provider.responses().end(response, "completed", USAGE);
    poll();

    assertThat(client.call("DELETE", "/v1/responses/" + response).status()).isEqualTo(200);
    assertThat(client.call("GET", "/v1/responses/" + response).status()).isEqualTo(404);
    assertSpent(PRICE.costNanoUsd(USAGE));
  }

  @Test
  void whatItsInputWas_isReadWithoutPaying() throws Exception {
    assertThat(client.get("/v1/responses/" + response + "/input_items").path("data")).hasSize(1);
    assertThat(gateway.heldNanoUsd(client.key())).isEqualTo(HELD);
  }

  @Test
  void rangeOfAResponse_isNotAskedFor_soThatItsUsageIsSeen() throws Exception {
    provider.responses().end(response, "completed", USAGE);

    try (var raw = gateway.connect()) {
      raw.request(
          "GET",
          "/v1/responses/" + response,
          "authorization",
          "Bearer " + client.key(),
          "range",
          "bytes=0-10",
          "if-none-match",
          "\"x\"");
      assertThat(raw.readAnswer().status()).isEqualTo(200);
    }

    assertThat(provider.account().all().getLast().request().text())
        .doesNotContainIgnoringCase("range:")
        .doesNotContainIgnoringCase("if-none-match");
    assertSpent(PRICE.costNanoUsd(USAGE));
  }

  @Test
  void responseThatIsAnothers_isNotFound_andNotPaidForByWhoAsks() throws Exception {
    KeptClient other = new KeptClient(gateway, gateway.createKey("10"));
    provider.responses().end(response, "completed", USAGE);

    for (String path : new String[] {"", "/input_items"}) {
      assertThat(other.call("GET", "/v1/responses/" + response + path).status()).isEqualTo(404);
    }
    assertThat(other.call("POST", "/v1/responses/" + response + "/cancel").status()).isEqualTo(404);
    assertThat(other.call("DELETE", "/v1/responses/" + response).status()).isEqualTo(404);
    assertThat(gateway.spentNanoUsd(other.key())).isZero();
    assertThat(gateway.spentNanoUsd(client.key())).isZero();
  }
}
