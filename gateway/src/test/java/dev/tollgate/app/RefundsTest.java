package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What operators send back of payments: what is left of them, and never more. */
@ExtendWith(LeakWatch.class)
class RefundsTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", System.nanoTime());
  private static final String ALL = "{}";

  private static PayingGateway paying;

  @BeforeAll
  static void start() throws Exception {
    paying = new PayingGateway(73);
  }

  @AfterAll
  static void stop() throws Exception {
    paying.assertAudited();
    paying.close();
  }

  @AfterEach
  void healStripe() {
    paying.stripe.failing(0);
    paying.stripe.losingAnswers(false);
    paying.stripe.hangingUp(false);
  }

  private static HttpResponse<String> good(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  private static long cents(HttpResponse<String> refunded) {
    return json(good(refunded)).path("amount_cents").asLong();
  }

  // ---- how much

  @ParameterizedTest
  @CsvSource({
    // paid, spent, refunded, and what the balance is then
    "100, 0, 100, 0",
    "100, 20, 80, 2",
    "100, 99.995, 0, 10.005",
    "100, 105, 0, 5",
    "10, 2.505, 7.49, 0.005",
  })
  void refund_isOfWhatIsLeft_andTakesItsShareOfTheBonus(
      String paid, String spent, String refunded, String left) throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, Money.floorCents(Money.parseUsd(paid)));
    if (!spent.equals("0")) {
      paying.spend(key, spent);
    }

    HttpResponse<String> answer = paying.refund(key, events, ALL);

    if (refunded.equals("0")) {
      assertThat(answer.statusCode()).isEqualTo(409);
    } else {
      assertThat(cents(answer)).isEqualTo(Money.floorCents(Money.parseUsd(refunded)));
    }
    assertThat(paying.balance(key)).isEqualTo(left);
    assertThat(paying.refund(key, events, ALL).statusCode()).isEqualTo(409);
  }

  @Test
  void refund_leavesAloneWhatCameInLater_andIsOfEachPaymentByItself() throws Exception {
    String key = paying.newKey();
    StripeEvents first = paying.pay(key, 10_000);
    StripeEvents second = paying.pay(key, 5_000);
    paying.gateway.credit(key, "7", "signup_bonus", "");
    paying.spend(key, "60");

    assertThat(cents(paying.refund(key, second, ALL))).isEqualTo(5_000);
    // 110 + 52.50 + 7 - 60 - 52.50: of the first 40 are left, and its bonus of 10.
    assertThat(paying.balance(key)).isEqualTo("57");
    assertThat(cents(paying.refund(key, first, "{\"amount_cents\":1500}"))).isEqualTo(1_500);
    HttpResponse<String> tooMuch = paying.refund(key, first, "{\"amount_cents\":2501}");
    assertThat(tooMuch.statusCode()).isEqualTo(400);
    assertThat(json(tooMuch).path("error").path("message").asString()).contains("$25.00");
    assertThat(cents(paying.refund(key, first, ALL))).isEqualTo(2_500);
    // The welcome bonus, and what of the first payment's bonus went with what was spent.
    assertThat(paying.balance(key)).isEqualTo("13");
  }

  @Test
  void refund_goesToTheOriginalPayment_underItsOwnId_andItsWebhooksBookNothing() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);

    JsonNode refunded = json(good(paying.refund(key, events, "{\"amount_cents\":2000}")));

    String id = refunded.path("id").asString();
    StripeForTests.Call call =
        paying.stripe.calls("POST", "/v1/refunds").stream()
            .filter(it -> it.idempotencyKey().equals(id))
            .findFirst()
            .orElseThrow();
    assertThat(call.form())
        .containsEntry("payment_intent", events.intentId())
        .containsEntry("amount", "2000")
        .containsEntry("metadata[refund]", id)
        .containsEntry("metadata[payment]", events.payment());
    String stripes = refunded.path("provider_id").asString();
    events.deliverShuffled(
        SEED,
        events.refund("refund.created", stripes, 2000, "pending", id),
        events.refund("refund.updated", stripes, 2000, "succeeded", id));
    assertThat(paying.balance(key)).isEqualTo("31.5");
    assertThat(paying.refunds(key)).containsExactly("refund succeeded");

    events.deliverShuffled(
        SEED,
        events.refund("refund.failed", stripes, 2000, "failed", id),
        events.refund("refund.created", stripes, 2000, "pending", id));
    assertThat(paying.balance(key)).isEqualTo("52.5");
    assertThat(paying.refunds(key)).containsExactly("refund failed");
  }

  @Test
  void refund_ofAPaymentThatIsNotPaid_ofNobody_orOfAnotherAccount_isRefused() throws Exception {
    String key = paying.newKey();
    String other = paying.newKey();
    StripeEvents open = paying.open(key, 1_000);
    StripeEvents paid = paying.pay(key, 1_000);

    assertThat(paying.refund(key, open, ALL).statusCode()).isEqualTo(409);
    assertThat(paying.refund(other, paid, ALL).statusCode()).isEqualTo(404);
    assertThat(paying.refund(key, paid, "{\"amount_cents\":0}").statusCode()).isEqualTo(400);
    assertThat(paying.refund(key, paid, "{\"amount_cents\":1.5}").statusCode()).isEqualTo(400);
    assertThat(paying.balance(key)).isEqualTo("10");
  }

  @Test
  void refund_afterItsTime_isRefused() throws Exception {
    try (PayingGateway old = new PayingGateway(74)) {
      String key = old.newKey();
      StripeEvents events = old.pay(key, 1_000);

      old.gateway.setClock(Instant.now().plus(Duration.ofDays(30).plusMinutes(1)));
      HttpResponse<String> late = old.refund(key, events, ALL);
      old.gateway.setClock(Instant.now().plus(Duration.ofDays(30).minusMinutes(1)));

      assertThat(late.statusCode()).isEqualTo(409);
      assertThat(late.body()).contains("30 days");
      assertThat(cents(old.refund(key, events, ALL))).isEqualTo(1_000);
    }
  }

  // ---- Stripe does not do it

  @Test
  void refund_thatStripeRefuses_is502_andTheBalanceIsAsBefore() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);

    paying.stripe.failing(400);
    HttpResponse<String> refused = paying.refund(key, events, ALL, "idempotency-key", "r1");
    paying.stripe.failing(0);

    assertThat(refused.statusCode()).isEqualTo(502);
    assertThat(paying.balance(key)).isEqualTo("52.5");
    assertThat(paying.refunds(key)).containsExactly("refund failed");
    assertThat(cents(paying.refund(key, events, ALL, "idempotency-key", "r1"))).isEqualTo(5_000);
    assertThat(paying.balance(key)).isEqualTo("0");
  }

  @Test
  void refund_whoseAnswerIsLost_isGivenBack_andBookedOnceWhenStripeTellsOfIt() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);
    long before = paying.stripe.done("/v1/refunds");

    paying.stripe.losingAnswers(true);
    HttpResponse<String> lost = paying.refund(key, events, ALL, "idempotency-key", "r2");
    paying.stripe.losingAnswers(false);

    assertThat(lost.statusCode()).isEqualTo(502);
    assertThat(paying.balance(key)).isEqualTo("52.5");
    assertThat(paying.refunds(key)).containsExactly("refund unanswered");
    String id = paying.stripe.calls("POST", "/v1/refunds").getLast().idempotencyKey();
    String stripes = id.replace("ref_", "re_");
    events.deliverShuffled(
        SEED,
        events.refund("refund.created", stripes, 5000, "pending", id),
        events.refund("refund.updated", stripes, 5000, "succeeded", id));
    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(cents(paying.refund(key, events, ALL, "idempotency-key", "r2"))).isEqualTo(5_000);
    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.stripe.done("/v1/refunds")).isEqualTo(before + 1);
  }

  @Test
  void refund_whoseAnswerIsLost_isRepeatedUnderTheSameId() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);
    long before = paying.stripe.done("/v1/refunds");

    paying.stripe.hangingUp(true);
    HttpResponse<String> silent = paying.refund(key, events, ALL, "idempotency-key", "r3");
    paying.stripe.hangingUp(false);
    assertThat(silent.statusCode()).isEqualTo(502);
    assertThat(paying.balance(key)).isEqualTo("52.5");
    JsonNode again = json(good(paying.refund(key, events, ALL, "idempotency-key", "r3")));

    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.stripe.done("/v1/refunds")).isEqualTo(before + 1);
    events.deliverShuffled(
        SEED,
        events.refund(
            "refund.updated",
            again.path("provider_id").asString(),
            5000,
            "succeeded",
            again.path("id").asString()));
    assertThat(paying.balance(key)).isEqualTo("0");
  }

  @Test
  void idempotencyKey_refundsOnce_andIsRefusedForAnotherBody() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);
    String ten = "{\"amount_cents\":1000}";

    String first = good(paying.refund(key, events, ten, "idempotency-key", "r4")).body();

    assertThat(paying.refund(key, events, ten, "idempotency-key", "r4").body()).isEqualTo(first);
    assertThat(
            paying
                .refund(key, events, "{\"amount_cents\":1001}", "idempotency-key", "r4")
                .statusCode())
        .isEqualTo(409);
    assertThat(paying.balance(key)).isEqualTo("42");
  }

  // ---- at the same time

  @Test
  void refundsAtTheSameTime_neverSendBackMoreThanIsLeft() throws Exception {
    for (int round = 0; round < 3; round++) {
      String key = paying.newKey();
      StripeEvents events = paying.pay(key, 10_000);
      paying.spend(key, "30");

      List<HttpResponse<String>> answers =
          atOnce(8, i -> paying.refund(key, events, "{\"amount_cents\":2000}"));

      long gone = sent(answers);
      assertThat(gone).isBetween(2_000L, 6_000L).isEqualTo(refundedCents(key));
      assertThat(paying.gateway.balanceNanoUsd(key))
          .isEqualTo(Money.parseUsd("80") - gone * Money.NANO_PER_CENT / 100 * 110);
    }
  }

  @Test
  void refundsUnderOneKey_atTheSameTime_areOne() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 10_000);
    long before = paying.stripe.done("/v1/refunds");

    List<HttpResponse<String>> answers =
        atOnce(
            8, i -> paying.refund(key, events, "{\"amount_cents\":4000}", "idempotency-key", "r5"));

    assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200);
    assertThat(answers)
        .extracting(it -> json(it).path("id").asString())
        .containsOnly(json(answers.getFirst()).path("id").asString());
    assertThat(paying.balance(key)).isEqualTo("66");
    assertThat(paying.stripe.done("/v1/refunds")).isEqualTo(before + 1);
  }

  @Test
  void refundsRacedBySpendingAndPaying_leaveNoBalanceBelowZero_andLaterMoneyAlone()
      throws Exception {
    System.out.println("refunds raced with seed " + SEED);
    Random random = new Random(SEED);
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);
    long spentBefore = calls();
    List<Integer> kinds = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      kinds.add(random.nextInt(10));
    }
    List<Long> paid = new ArrayList<>();

    List<HttpResponse<String>> answers =
        atOnce(
            kinds.size(),
            i ->
                switch (kinds.get(i)) {
                  case 0 -> {
                    paying.pay(key, 1_000);
                    synchronized (paid) {
                      paid.add(1_000L);
                    }
                    yield paying.gateway.ask(key, "GET", "/v1/billing/balance", null);
                  }
                  case 1, 2, 3 -> paying.refund(key, events, "{\"amount_cents\":700}");
                  default -> paying.gateway.ask(key, "GET", "/api/premium/x", null);
                });

    paying.gateway.awaitSettled(key);
    assertThat(answers).isNotEmpty();
    long spent = calls() - spentBefore;
    long gone = refundedOf(key, events);
    long expected =
        Money.parseUsd("52.5")
            + paid.size() * Money.parseUsd("10")
            - spent * Money.parseUsd("0.02")
            - gone * Money.NANO_PER_CENT / 100 * 105;
    assertThat(paying.gateway.balanceNanoUsd(key)).isEqualTo(expected).isNotNegative();
    assertThat(gone).isLessThanOrEqualTo(5_000);
    System.out.printf("sent back %d cents, %d calls, %d more payments%n", gone, spent, paid.size());
  }

  private interface Act {
    HttpResponse<String> of(int number) throws Exception;
  }

  private static List<HttpResponse<String>> atOnce(int count, Act act) throws Exception {
    List<HttpResponse<String>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<HttpResponse<String>>> acts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        acts.add(() -> act.of(number));
      }
      for (Future<HttpResponse<String>> answer : threads.invokeAll(acts)) {
        answers.add(answer.get());
      }
    }
    return answers;
  }

  private static long sent(List<HttpResponse<String>> answers) {
    return answers.stream()
        .filter(it -> it.statusCode() == 200)
        .mapToLong(it -> json(it).path("amount_cents").asLong())
        .sum();
  }

  private static long refundedCents(String key) throws Exception {
    return paying
        .gateway
        .get(key, "/v1/billing/payments")
        .path("data")
        .valueStream()
        .mapToLong(it -> it.path("refunded_cents").asLong())
        .sum();
  }

  private static long refundedOf(String key, StripeEvents events) throws Exception {
    return paying.payment(key, events).path("refunded_cents").asLong();
  }

  /** Plain calls that were charged. */
  private static long calls() throws Exception {
    return paying
        .gateway
        .metrics()
        .lines()
        .filter(
            line ->
                line.startsWith("tollgate_requests_total")
                    && line.contains("feed")
                    && line.contains("status=\"200\""))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
