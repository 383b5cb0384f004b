package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.PostgresForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Payments whose records are in PostgreSQL, where transactions run beside each other. */
@ExtendWith(LeakWatch.class)
class PaymentsOnPostgresTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", System.nanoTime());

  @Test
  void payments_areCreditedOnce_andRefundsAtTheSameTimeNeverSendBackTooMuch() throws Exception {
    try (PostgresForTests postgres = PostgresForTests.start();
        RedisServerForTests redis = RedisServerForTests.start();
        PayingGateway paying = new PayingGateway(89, postgres.newDatabase(), redis.uri())) {
      String key = paying.newKey();
      StripeEvents events = paying.open(key, 10_000);
      paying.stripe.knows(events.intentId(), events.metadata());
      List<Callable<Integer>> telling = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        telling.add(() -> events.deliver(events.session("completed", "paid")));
        telling.add(() -> events.deliver(events.intent("succeeded")));
        telling.add(
            () ->
                events.deliver(
                    events.refund("refund.updated", "re_p" + SEED, 1_000, "succeeded", "")));
      }
      assertThat(atOnce(telling)).containsOnly(200);
      assertThat(paying.balance(key)).isEqualTo("99");

      List<Callable<Integer>> asking = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asking.add(() -> status(paying.refund(key, events, "{\"amount_cents\":4000}")));
        asking.add(
            () ->
                status(
                    paying.refund(
                        key, events, "{\"amount_cents\":500}", "idempotency-key", "same")));
        asking.add(
            () -> status(paying.topUp(key, "{\"amount_cents\":1000}", "idempotency-key", "same")));
        asking.add(() -> status(paying.addFunds(key, 1_000, "idempotency-key", "same")));
      }
      atOnce(asking);

      long gone = paying.payment(key, events).path("refunded_cents").asLong();
      assertThat(gone).isLessThanOrEqualTo(10_000);
      assertThat(paying.stripe.calls("POST", "/v1/payment_intents")).isNotEmpty();
      assertThat(paying.stripe.done("/v1/payment_intents")).isEqualTo(1);
      assertThat(paying.gateway.balanceNanoUsd(key))
          .isEqualTo(120_000_000_000L - gone * 11_000_000);
      paying.assertAudited();
    }
  }

  private static int status(HttpResponse<String> answer) {
    return answer.statusCode();
  }

  private static List<Integer> atOnce(List<Callable<Integer>> acts) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> status : threads.invokeAll(acts)) {
        statuses.add(status.get());
      }
    }
    return statuses;
  }
}
