package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Money that comes in through Stripe Checkout, and that Stripe takes back. */
@ExtendWith(LeakWatch.class)
class PaymentsTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", System.nanoTime());

  private static PayingGateway paying;

  @BeforeAll
  static void start() throws Exception {
    paying = new PayingGateway(71);
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
    paying.stripe.letGo();
  }

  // ---- packages

  @ParameterizedTest
  @CsvSource({
    "10,10,0",
    "50,52.5,2.5",
    "100,110,10",
    "200,230,30",
    "49.99,49.99,0",
    "75.01,78.7605,3.7505"
  })
  void payment_isCreditedOnce_withTheBonusOfItsPackage(String pays, String gets, String bonus)
      throws Exception {
    String key = paying.newKey();
    long cents = new BigDecimal(pays).movePointRight(2).longValueExact();

    StripeEvents events = paying.open(key, cents);
    events.deliverShuffled(SEED, events.session("completed", "paid"), events.intent("succeeded"));

    assertThat(paying.balance(key)).isEqualTo(gets);
    List<String> entries =
        new ArrayList<>(List.of("topup " + plain(pays) + " " + events.payment()));
    if (!bonus.equals("0")) {
      entries.addFirst("bonus " + bonus + " " + events.payment());
    }
    assertThat(paying.entries(key)).isEqualTo(entries);
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("paid");
    System.out.println(
        "pay " + pays + " -> " + new BigDecimal(gets).setScale(gets.contains(".7605") ? 4 : 2));
  }

  private static String plain(String usd) {
    return new BigDecimal(usd).stripTrailingZeros().toPlainString();
  }

  @Test
  void checkout_isAskedFor_withAllThatFindsItsPaymentAgain() throws Exception {
    String key = paying.newKey();

    HttpResponse<String> answer = paying.topUp(key, "{\"amount_cents\":2500}");

    String session = json(answer).path("data").path("session_id").asString();
    assertThat(json(answer).path("data").path("checkout_url").asString())
        .isEqualTo("https://checkout.stripe.com/c/pay/" + session);
    String payment = session.replace("cs_test_", "pay_");
    String account = paying.gateway.accountId(key).value();
    StripeForTests.Call call =
        paying.stripe.calls("POST", "/v1/checkout/sessions").stream()
            .filter(it -> it.idempotencyKey().equals(payment))
            .findFirst()
            .orElseThrow();
    assertThat(call.form())
        .containsEntry("mode", "payment")
        .containsEntry("client_reference_id", payment)
        .containsEntry("metadata[payment]", payment)
        .containsEntry("metadata[account]", account)
        .containsEntry("payment_intent_data[metadata][payment]", payment)
        .containsEntry("payment_intent_data[metadata][account]", account)
        .containsEntry("payment_intent_data[setup_future_usage]", "off_session")
        .containsEntry("payment_method_types[0]", "card")
        .containsEntry("payment_method_types[1]", "us_bank_account")
        .containsEntry("line_items[0][price_data][unit_amount]", "2500")
        .containsEntry("line_items[0][price_data][currency]", "usd")
        .containsEntry("line_items[0][quantity]", "1")
        .containsEntry("success_url", "https://gateway.example/dashboard/billing")
        .containsEntry("cancel_url", "https://gateway.example/dashboard/billing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-500",
        "499",
        "1000001",
        "500.5",
        "2500.0",
        "\"2500\"",
        "1e4",
        "null",
        "99999999999999999999"
      })
  void amount_thatIsNoWholeCentsWithinBounds_isRefusedByName(String cents) throws Exception {
    String key = paying.newKey();

    HttpResponse<String> topUp = paying.topUp(key, "{\"amount_cents\":" + cents + "}");
    HttpResponse<String> funds =
        paying.gateway.ask(key, "POST", "/api/v1/billing/funds", "{\"amount\":" + cents + "}");

    assertThat(topUp.statusCode()).isEqualTo(400);
    assertThat(json(topUp).path("error").path("param").asString()).isEqualTo("amount_cents");
    assertThat(funds.statusCode()).isEqualTo(400);
    assertThat(json(funds).path("error").path("param").asString()).isEqualTo("amount");
    assertThat(paying.gateway.get(key, "/v1/billing/payments").path("meta").path("total").asInt())
        .isZero();
  }

  // ---- bank accounts

  @Test
  void bankPayment_isCredited_whenTheBankHasPaid() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);

    assertThat(events.deliver(events.session("completed", "unpaid"))).isEqualTo(200);
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("pending");
    assertThat(paying.balance(key)).isEqualTo("0");
    events.deliverShuffled(
        SEED,
        events.session("completed", "unpaid"),
        events.session("async_payment_succeeded", "paid"),
        events.intent("succeeded"));

    assertThat(paying.balance(key)).isEqualTo("52.5");
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("paid");
  }

  @Test
  void bankPayment_thatFails_isNeverCredited() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);

    events.deliverShuffled(
        SEED,
        events.session("completed", "unpaid"),
        events.session("async_payment_failed", "unpaid"),
        events.intent("payment_failed"));

    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("failed");
  }

  @Test
  void expiredCheckout_isCreditedNothing() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);

    events.deliverShuffled(SEED, events.session("expired", "unpaid"));

    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("expired");
  }

  @Test
  void declinedCard_leavesTheCheckoutOpen_toBePaidWithAnother() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 1000);

    events.deliverShuffled(
        SEED,
        events.intent("payment_failed"),
        events.session("completed", "paid"),
        events.intent("succeeded"));

    assertThat(paying.balance(key)).isEqualTo("10");
  }

  // ---- what Stripe takes back

  @Test
  void refundMadeAtStripe_isBookedOnce_withItsShareOfTheBonus_alsoBeforeThePayment()
      throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);
    paying.stripe.knows(events.intentId(), events.metadata());

    events.deliverShuffled(
        SEED,
        events.refund("refund.created", "re_a" + SEED, 2000, "pending", ""),
        events.refund("refund.updated", "re_a" + SEED, 2000, "succeeded", ""),
        events.refund("charge.refund.updated", "re_a" + SEED, 2000, "succeeded", ""),
        events.chargeRefunded(List.of(events.refundObject("re_a" + SEED, 2000, "succeeded", ""))),
        events.session("completed", "paid"),
        events.intent("succeeded"));

    assertThat(paying.balance(key)).isEqualTo("31.5");
    assertThat(paying.refunds(key)).containsExactly("refund succeeded");
    assertThat(paying.entries(key))
        .containsExactlyInAnyOrder(
            "topup 50 " + events.payment(),
            "bonus 2.5 " + events.payment(),
            "refund -20 " + events.payment(),
            "adjustment -1 " + events.payment());
    assertThat(paying.payment(key, events).path("refunded_cents").asInt()).isEqualTo(2000);
  }

  @Test
  void refundBeforeItsPayment_isFoundThroughStripe_orToldAgain() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 1000);
    paying.stripe.knows(events.intentId(), events.metadata());
    String refund = events.refund("refund.created", "re_b" + SEED, 1000, "pending", "");

    paying.stripe.failing(500);
    assertThat(events.deliver(refund)).isEqualTo(503);
    assertThat(paying.balance(key)).isEqualTo("0");
    paying.stripe.failing(0);
    assertThat(events.deliver(refund)).isEqualTo(200);
    assertThat(paying.balance(key)).isEqualTo("-10");
    assertThat(events.deliver(events.session("completed", "paid"))).isEqualTo(200);

    assertThat(paying.balance(key)).isEqualTo("0");
  }

  @Test
  void refundThatFails_isGivenBack_inWhateverOrderItIsTold() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5000);
    paying.stripe.knows(events.intentId(), events.metadata());

    events.deliverShuffled(
        SEED,
        events.refund("refund.created", "re_c" + SEED, 5000, "pending", ""),
        events.refund("refund.failed", "re_c" + SEED, 5000, "failed", ""));

    assertThat(paying.balance(key)).isEqualTo("52.5");
    assertThat(paying.refunds(key)).containsExactly("refund failed");
  }

  @Test
  void refundsThatAreNotInTheEventOfTheirCharge_areAskedFor() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 1000);
    assertThat(paying.refund(key, events, "{\"amount_cents\":300}").statusCode()).isEqualTo(200);

    events.deliverShuffled(SEED, events.chargeRefunded(List.of()));

    assertThat(paying.balance(key)).isEqualTo("7");
    assertThat(paying.refunds(key)).containsExactly("refund pending");
  }

  @Test
  void disputeThatIsLost_takesThePaymentAndItsBonus_once() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 10_000);
    paying.stripe.knows(events.intentId(), events.metadata());
    String id = "dp_l" + SEED;

    events.deliverShuffled(
        SEED,
        events.session("completed", "paid"),
        events.dispute("created", id, 10_000, "needs_response"),
        events.dispute("funds_withdrawn", id, 10_000, "needs_response"),
        events.dispute("closed", id, 10_000, "lost"));

    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.refunds(key)).containsExactly("dispute succeeded");
    assertThat(paying.entries(key))
        .containsExactlyInAnyOrder(
            "topup 100 " + events.payment(),
            "bonus 10 " + events.payment(),
            "adjustment -100 " + events.payment(),
            "adjustment -10 " + events.payment());
  }

  @Test
  void disputeThatIsWon_isReinstated_inWhateverOrderItIsTold() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 10_000);
    paying.stripe.knows(events.intentId(), events.metadata());
    String id = "dp_w" + SEED;

    events.deliverShuffled(
        SEED,
        events.session("completed", "paid"),
        events.dispute("created", id, 10_000, "needs_response"),
        events.dispute("funds_withdrawn", id, 10_000, "under_review"),
        events.dispute("closed", id, 10_000, "won"),
        events.dispute("funds_reinstated", id, 10_000, "won"));

    assertThat(paying.balance(key)).isEqualTo("110");
    assertThat(paying.refunds(key)).containsExactly("dispute failed");
  }

  @Test
  void inquiry_thatTakesNothing_isNotBooked() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 1000);

    events.deliverShuffled(
        SEED,
        events.dispute("created", "dp_i" + SEED, 1000, "warning_needs_response"),
        events.dispute("closed", "dp_i" + SEED, 1000, "warning_closed"));

    assertThat(paying.balance(key)).isEqualTo("10");
  }

  // ---- what nobody should believe

  @Test
  void webhook_thatIsForgedStaleOrNonsense_isRefused_andCreditsNothing() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);
    String event = events.session("completed", "paid");
    String secret = StripeForTests.WEBHOOK_SECRET;
    Instant now = Instant.now();

    assertThat(events.deliver(event, "")).isEqualTo(400);
    assertThat(events.deliver(event, "t=1,v1=00")).isEqualTo(400);
    assertThat(events.deliver(event, StripeEvents.signature(event, "whsec_other", now)))
        .isEqualTo(400);
    assertThat(events.deliver(event, StripeEvents.signature(event + " ", secret, now)))
        .isEqualTo(400);
    assertThat(events.deliver(event, StripeEvents.signature(event, secret, now.minusSeconds(302))))
        .isEqualTo(400);
    assertThat(events.deliver("no event")).isEqualTo(400);
    assertThat(events.deliver("{\"type\":\"checkout.session.completed\"}")).isEqualTo(400);
    assertThat(paying.balance(key)).isEqualTo("0");

    // Within the tolerance, and then replayed as it was.
    String signature = StripeEvents.signature(event, secret, now.minusSeconds(200));
    assertThat(events.deliver(event, signature)).isEqualTo(200);
    assertThat(events.deliver(event, signature)).isEqualTo(200);
    assertThat(paying.balance(key)).isEqualTo("52.5");
  }

  @Test
  void event_ofAnotherAmountCurrencyOrAccount_isTaken_andCreditsNothing() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);
    String paid = events.session("completed", "paid");
    String account = paying.gateway.accountId(key).value();
    double before = mismatches();

    for (String other :
        List.of(
            paid.replace("\"amount_total\":5000", "\"amount_total\":500000"),
            paid.replace("\"currency\":\"usd\"", "\"currency\":\"jpy\""),
            paid.replace(account, "acct_00000000000000000000"),
            paid.replace(
                "\"payment\":\"" + events.payment() + "\"",
                "\"payment\":\"pay_00000000000000000000\""))) {
      assertThat(other).isNotEqualTo(paid);
      assertThat(events.deliver(other)).isEqualTo(200);
    }

    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(mismatches()).isEqualTo(before + 4);
  }

  private static double mismatches() throws Exception {
    return paying
        .gateway
        .metrics()
        .lines()
        .filter(
            line ->
                line.startsWith("tollgate_payment_events_total")
                    && line.contains("mismatched")
                    && line.contains("checkout.session.completed"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @Test
  void event_ofAnUnknownTypeOrOfSomebodyElses_isIgnored() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 5000);

    assertThat(
            events.deliver(
                events
                    .session("completed", "paid")
                    .replace("checkout.session.completed", "customer.created")))
        .isEqualTo(200);
    assertThat(
            events.deliver(
                events
                    .session("completed", "paid")
                    .replaceFirst("\"metadata\":\\{[^}]*}", "\"metadata\":{}")))
        .isEqualTo(200);
    assertThat(events.deliver(events.dispute("created", "dp_x", 1, "lost"))).isEqualTo(200);

    assertThat(paying.balance(key)).isEqualTo("0");
  }

  // ---- Stripe is away

  @Test
  void checkout_whileStripeFailsOrSaysNothing_is502_andNothingIsHalfDone() throws Exception {
    String key = paying.newKey();
    String body = "{\"amount_cents\":2500}";

    paying.stripe.failing(500);
    HttpResponse<String> failed = paying.topUp(key, body, "idempotency-key", "k1");
    paying.stripe.failing(0);
    paying.stripe.hold();
    HttpResponse<String> silent = paying.topUp(key, body);
    paying.stripe.letGo();

    for (HttpResponse<String> refused : List.of(failed, silent)) {
      assertThat(refused.statusCode()).isEqualTo(502);
      assertThat(json(refused).path("error").path("code").asString()).isEqualTo("upstream_error");
      assertThat(json(refused).path("error").path("message").asString())
          .contains("payment provider");
    }
    assertThat(paying.gateway.get(key, "/v1/billing/payments").path("data").valueStream())
        .extracting(it -> it.path("status").asString())
        .containsExactly("failed", "failed");
    assertThat(paying.balance(key)).isEqualTo("0");
    assertThat(paying.topUp(key, body, "idempotency-key", "k1").statusCode()).isEqualTo(200);
  }

  // ---- again and again

  @Test
  void idempotencyKey_isAnsweredAsAtFirst_andRefusedForAnotherBody() throws Exception {
    String key = paying.newKey();
    String other = paying.newKey();

    HttpResponse<String> first =
        paying.topUp(key, "{\"amount_cents\":2500}", "idempotency-key", "same");
    HttpResponse<String> again =
        paying.topUp(key, "{ \"amount_cents\" : 2500 }", "idempotency-key", "same");
    HttpResponse<String> changed =
        paying.topUp(key, "{\"amount_cents\":2600}", "idempotency-key", "same");
    HttpResponse<String> others =
        paying.topUp(other, "{\"amount_cents\":2500}", "idempotency-key", "same");

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(changed.statusCode()).isEqualTo(409);
    assertThat(json(changed).path("error").path("code").asString()).isEqualTo("conflict");
    assertThat(others.body()).isNotEqualTo(first.body());
    assertThat(paying.topUp(key, "{\"amount_cents\":2500}", "idempotency-key", "a b").statusCode())
        .isEqualTo(400);
  }

  @Test
  void identicalTopUps_atTheSameTime_areOneCheckout() throws Exception {
    String key = paying.newKey();
    Set<String> answers = new HashSet<>();

    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> asking = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        asking.add(
            () -> paying.topUp(key, "{\"amount_cents\":2500}", "idempotency-key", "race").body());
      }
      for (Future<String> answer : threads.invokeAll(asking)) {
        answers.add(answer.get());
      }
    }

    assertThat(answers).hasSize(1);
    assertThat(paying.gateway.get(key, "/v1/billing/payments").path("meta").path("total").asInt())
        .isEqualTo(1);
  }

  @Test
  void suspendedAccount_mayNotPay() throws Exception {
    String key = paying.newKey();
    paying.gateway.suspend(key);

    assertThat(paying.topUp(key, "{\"amount_cents\":2500}").statusCode()).isEqualTo(403);
    assertThat(paying.addFunds(key, 2500).statusCode()).isEqualTo(403);
  }
}
