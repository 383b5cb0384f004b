package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
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
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/billing/funds}: what was saved with an earlier payment is charged again. */
@ExtendWith(LeakWatch.class)
class FundsTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", System.nanoTime());

  private static PayingGateway paying;

  @BeforeAll
  static void start() throws Exception {
    paying = new PayingGateway(79);
  }

  @AfterAll
  static void stop() throws Exception {
    paying.assertAudited();
    paying.close();
  }

  @AfterEach
  void healStripe() {
    paying.stripe.charging("succeeded");
    paying.stripe.failing(0);
    paying.stripe.losingAnswers(false);
  }

  /** A key of an account that has paid $10 with a card, and kept it. */
  private static String keyWithCard() throws Exception {
    String key = paying.newKey();
    StripeEvents events = paying.open(key, 1_000);
    events.deliverShuffled(SEED, events.session("completed", "paid"), events.intent("succeeded"));
    return key;
  }

  /** The newest charge of a saved method. */
  private static StripeForTests.Call charge() {
    return paying.stripe.calls("POST", "/v1/payment_intents").getLast();
  }

  @Test
  void savedMethod_isCharged_andAnsweredWithTheNewBalanceAndBonus() throws Exception {
    String key = keyWithCard();

    HttpResponse<String> answer = paying.addFunds(key, 5_000);

    JsonNode funds = json(answer);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(funds.path("balance_cents").asLong()).isEqualTo(6_250);
    assertThat(funds.path("bonus_cents").asLong()).isEqualTo(250);
    String payment = funds.path("payment_id").asString();
    assertThat(charge().idempotencyKey()).isEqualTo(payment);
    assertThat(charge().form())
        .containsEntry("amount", "5000")
        .containsEntry("currency", "usd")
        .containsEntry("customer", "cus_1")
        .containsEntry("payment_method", "pm_1")
        .containsEntry("off_session", "true")
        .containsEntry("confirm", "true")
        .containsEntry("metadata[payment]", payment)
        .containsEntry("metadata[account]", paying.gateway.accountId(key).value());
    StripeEvents events = StripeEvents.ofNewest(paying.gateway, key);
    events.deliverShuffled(SEED, events.intent("succeeded"));
    assertThat(paying.balance(key)).isEqualTo("62.5");
    assertThat(paying.payment(key, events).path("source").asString()).isEqualTo("saved_method");
  }

  @Test
  void nextCheckout_isForTheSameCustomer() throws Exception {
    String key = keyWithCard();

    paying.open(key, 1_000);

    assertThat(paying.stripe.calls("POST", "/v1/checkout/sessions").getLast().form())
        .containsEntry("customer", "cus_1")
        .doesNotContainKey("customer_creation");
  }

  @Test
  void withoutASavedMethod_orWithOneThatIsDeclined_aCheckoutIsOpened() throws Exception {
    String none = paying.newKey();
    String declined = keyWithCard();
    paying.stripe.charging("declined");

    HttpResponse<String> first = paying.addFunds(none, 5_000);
    HttpResponse<String> second = paying.addFunds(declined, 5_000, "idempotency-key", "f1");
    paying.stripe.charging("succeeded");

    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(json(first).path("reason").asString()).isEqualTo("no_saved_method");
    assertThat(json(first).path("checkout_url").asString()).startsWith("https://checkout.stripe.");
    assertThat(second.statusCode()).isEqualTo(202);
    assertThat(json(second).path("reason").asString()).isEqualTo("declined");
    assertThat(paying.addFunds(declined, 5_000, "idempotency-key", "f1").body())
        .isEqualTo(second.body());
    StripeEvents page =
        new StripeEvents(
            paying.gateway,
            paying.gateway.accountId(declined).value(),
            json(second).path("payment_id").asString(),
            5_000);
    page.deliverShuffled(SEED, page.session("completed", "paid"), page.intent("succeeded"));
    assertThat(paying.balance(declined)).isEqualTo("62.5");
  }

  @Test
  void bankThatTakesItsTime_isAnsweredPending_andCreditedLater() throws Exception {
    String key = keyWithCard();
    paying.stripe.charging("processing");

    HttpResponse<String> answer = paying.addFunds(key, 5_000);

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).path("reason").asString()).isEqualTo("pending");
    StripeEvents events = StripeEvents.ofNewest(paying.gateway, key);
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("pending");
    assertThat(paying.balance(key)).isEqualTo("10");
    events.deliverShuffled(SEED, events.intent("succeeded"));
    assertThat(paying.balance(key)).isEqualTo("62.5");
  }

  @Test
  void bankThatFails_isCreditedNothing() throws Exception {
    String key = keyWithCard();
    paying.stripe.charging("processing");

    paying.addFunds(key, 5_000);
    StripeEvents events = StripeEvents.ofNewest(paying.gateway, key);
    events.deliverShuffled(SEED, events.intent("payment_failed"));

    assertThat(paying.balance(key)).isEqualTo("10");
    assertThat(paying.payment(key, events).path("status").asString()).isEqualTo("failed");
  }

  @Test
  void chargeWhoseAnswerIsLost_is502_andCreditedOnce_byStripesWordOrARepetition() throws Exception {
    String key = keyWithCard();

    paying.stripe.losingAnswers(true);
    HttpResponse<String> lost = paying.addFunds(key, 5_000, "idempotency-key", "f2");
    paying.stripe.losingAnswers(false);
    assertThat(lost.statusCode()).isEqualTo(502);
    assertThat(paying.balance(key)).isEqualTo("10");
    HttpResponse<String> again = paying.addFunds(key, 5_000, "idempotency-key", "f2");
    StripeEvents events = StripeEvents.ofNewest(paying.gateway, key);
    events.deliverShuffled(SEED, events.intent("succeeded"));

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(paying.balance(key)).isEqualTo("62.5");
    assertThat(
            paying.stripe.calls("POST", "/v1/payment_intents").stream()
                .filter(
                    it ->
                        it.field("metadata[account]").equals(paying.gateway.accountId(key).value()))
                .map(StripeForTests.Call::idempotencyKey)
                .distinct())
        .hasSize(1);
  }

  @Test
  void identicalFunds_atTheSameTime_areChargedOnce() throws Exception {
    String key = keyWithCard();
    Set<String> answers = new HashSet<>();

    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> asking = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asking.add(() -> paying.addFunds(key, 5_000, "idempotency-key", "f3").body());
      }
      for (Future<String> answer : threads.invokeAll(asking)) {
        answers.add(answer.get());
      }
    }

    assertThat(answers).hasSize(1);
    assertThat(paying.balance(key)).isEqualTo("62.5");
    assertThat(paying.addFunds(key, 6_000, "idempotency-key", "f3").statusCode()).isEqualTo(409);
  }

  @Test
  void limitedKey_mayOpenACheckout_butNotChargeWhatIsSaved() throws Exception {
    String limited = paying.gateway.createKey("0", "{\"quota_usd\":5}");

    assertThat(paying.topUp(limited, "{\"amount_cents\":1000}").statusCode()).isEqualTo(200);
    HttpResponse<String> refused = paying.addFunds(limited, 1_000);

    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(json(refused).path("error").path("code").asString()).isEqualTo("key_not_allowed");
  }
}
