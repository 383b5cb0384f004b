package dev.tollgate.billing.payment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.payment.Payment.Source;
import dev.tollgate.billing.payment.Processor.RefundFacts;
import dev.tollgate.billing.payment.Refund.Kind;
import dev.tollgate.billing.payment.Refund.Status;
import dev.tollgate.billing.payment.Repeats.Try;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.RedisForTests;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may happen in the middle of a refund: money that comes in, a gateway that dies. */
class RefundingTest {
  private static final long PAID_CENTS = 5_000;
  private static final long NOW = 1_800_000_000_000L;
  private static final long LONG_AGO = NOW - 48L * 3_600_000;

  @TempDir private Path directory;

  private RedisForTests redis;
  private Archive archive;
  private Records records;
  private int looks;
  private String spent = "0";
  private PaymentRecords payments;
  private RefundRecords refunds;
  private Takings takings;
  private Told told;
  private Refunding refunding;
  private Payment payment;
  private String refundId = "";

  /** A payment provider that knows these refunds. */
  private static final class Told implements Processor {
    private List<RefundFacts> made = List.of();

    @Override
    public Answer<Session> open(Payment payment, Payer payer) {
      throw new AssertionError("not asked for");
    }

    @Override
    public Answer<Charge> charge(Payment payment, SavedMethod method) {
      throw new AssertionError("not asked for");
    }

    @Override
    public Answer<RefundFacts> refund(Refund refund, Payment payment) {
      throw new AssertionError("it is not to be asked for a second refund");
    }

    @Override
    public Answer<Map<String, String>> metadataOf(String intent) {
      throw new AssertionError("not asked for");
    }

    @Override
    public Answer<List<RefundFacts>> refundsOf(String intent) {
      return new Answer.Given<>(made);
    }
  }

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
    records = archive.records();
    InstantSource clock = InstantSource.fixed(Instant.ofEpochMilli(NOW));
    Bookings bookings =
        new Bookings(
            redis.ledger(), redis.accounts(), this::catchUp, records, redis.loops().getFirst());
    payments = new PaymentRecords(records);
    refunds = new RefundRecords(records);
    takings = new Takings(bookings);
    told = new Told();
    PaymentSettings settings =
        new PaymentSettings(
            PaymentSettings.Provider.STRIPE, "s", "w", "http://127.0.0.1:1", 1, true, 1_000);
    refunding =
        new Refunding(
            payments,
            refunds,
            bookings,
            takings,
            new ReturnEvents(payments, refunds, takings, told, clock),
            told,
            settings,
            clock);
    AccountId account = redis.account(Money.parseUsd("52.5"));
    refundId = "ref_" + account.value().substring(5);
    payment = begin("pay_" + account.value().substring(5), account, "2.5");
  }

  private Payment begin(String id, AccountId account, String bonusUsd) {
    return payments.begin(
        new Payment(
            id,
            account,
            Source.CHECKOUT,
            "stripe",
            Payment.Status.PAID,
            PAID_CENTS,
            Money.parseUsd(bonusUsd),
            "",
            "pi_" + id,
            "",
            NOW,
            NOW));
  }

  @AfterEach
  void close() {
    archive.close();
    redis.close();
  }

  private Refund left(Status status, long atMillis) {
    Refund refund =
        new Refund(
            "ref_" + payment.id().substring(4),
            payment.id(),
            payment.account(),
            Kind.REFUND,
            status,
            "",
            2_000,
            Money.parseUsd("1"),
            "refund:ref_" + payment.id().substring(4),
            0,
            atMillis);
    return refunds.begin(payment, refund.id(), others -> Optional.of(refund)).orElseThrow();
  }

  // ---- money comes in

  /** Each look at the books brings them to where they are then. */
  private CompletionStage<Boolean> catchUp(AccountId account) {
    looks++;
    if (looks == 1) {
      enter(payment.topUpId(), "topup", Money.parseUsd("50"), payment.id());
      spend();
    }
    if (looks == 2) {
      enter("another", "signup_bonus", Money.parseUsd("7"), "");
      enter("refund:" + refundId, "refund", -Money.parseUsd("20"), payment.id());
    }
    return CompletableFuture.completedFuture(true);
  }

  /** After the balance has been looked at. */
  private void spend() {
    if (!spent.equals("0")) {
      redis
          .ledger()
          .credit(
              new Credit(
                  "spent:" + payment.id(),
                  payment.account(),
                  Credit.Kind.ADJUSTMENT,
                  -Money.parseUsd(spent),
                  ""))
          .toCompletableFuture()
          .join();
    }
  }

  @Test
  void spendingBetweenTheLookAndTheBooking_isNotSentBack() {
    spent = "31";

    Try tried = refunding.refund(refundId, payment.account().value(), payment.id(), 2_000L);

    assertThat(tried)
        .isInstanceOfSatisfying(
            Try.Undone.class,
            undone -> assertThat(undone.refusal().message()).contains("being spent"));
    assertThat(balance()).isEqualTo("21.5");
    assertThat(refunds.find(refundId).orElseThrow().status()).isEqualTo(Status.FAILED);
  }

  @Test
  void spendingOfAPaymentWithoutABonus_isNotSentBackEither() {
    payment = begin(payment.id() + "n", payment.account(), "0");
    spent = "33";

    Try tried = refunding.refund(refundId, payment.account().value(), payment.id(), 2_000L);

    assertThat(tried)
        .isInstanceOfSatisfying(
            Try.Undone.class,
            undone -> assertThat(undone.refusal().message()).contains("being spent"));
    assertThat(balance()).isEqualTo("19.5");
  }

  /** What the drain would have brought. */
  private void enter(String credit, String kind, long nanoUsd, String reference) {
    int unused =
        records.write(
            connection -> {
              String sql =
                  "insert into entries (id, account, kind, amount, balance_after, request, key,"
                      + " model, reference, at, position)"
                      + " select ?, ?, ?, ?, 0, '', '', '', ?, 0, count(*) from entries";
              try (PreparedStatement insert = connection.prepareStatement(sql)) {
                insert.setString(1, credit + ":credit");
                insert.setString(2, payment.account().value());
                insert.setString(3, kind);
                insert.setLong(4, nanoUsd);
                insert.setString(5, reference);
                return insert.executeUpdate();
              }
            });
  }

  @Test
  void creditBetweenTheLookAndTheBooking_isNotSentBack() {
    Try tried = refunding.refund(refundId, payment.account().value(), payment.id(), 2_000L);

    assertThat(tried)
        .isInstanceOfSatisfying(
            Try.Undone.class,
            undone -> assertThat(undone.refusal().message()).contains("at the same time"));
    assertThat(looks).isEqualTo(2);
    assertThat(balance()).isEqualTo("52.5");
    assertThat(refunds.find(refundId).orElseThrow().status()).isEqualTo(Status.FAILED);
  }

  // ---- a gateway dies

  private void finish() {
    refunding.finish(NOW - 1, 10);
    refunding.finish(NOW - 1, 10);
  }

  private String balance() {
    return Money.usd(
        redis
            .accounts()
            .find(payment.account())
            .toCompletableFuture()
            .join()
            .orElseThrow()
            .balanceNanoUsd());
  }

  private Status status(Refund refund) {
    return refunds.find(refund.id()).orElseThrow().status();
  }

  private RefundFacts made(Refund refund, String status) {
    return new RefundFacts(
        "re_" + refund.id(),
        status,
        refund.amountCents(),
        "usd",
        payment.intent(),
        Map.of(Processor.REFUND, refund.id()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasBeingTaken_isGivenBack_takenOrNot(boolean isTaken) {
    Refund refund = left(Status.BOOKING, LONG_AGO);
    if (isTaken) {
      takings.take(refund);
      assertThat(balance()).isEqualTo("31.5");
    }

    finish();

    assertThat(balance()).isEqualTo("52.5");
    assertThat(status(refund)).isEqualTo(Status.FAILED);
  }

  @Test
  void whatTheProviderWasAskedFor_staysTaken_whereItWasMade() {
    Refund refund = left(Status.ASKING, LONG_AGO);
    takings.take(refund);
    told.made = List.of(made(refund, "succeeded"));

    finish();

    assertThat(balance()).isEqualTo("31.5");
    assertThat(status(refund)).isEqualTo(Status.SUCCEEDED);
  }

  @Test
  void whatTheProviderDoesNotKnow_isGivenBack_andTakenShouldItStillTellOfIt() {
    Refund refund = left(Status.ASKING, NOW - 2);
    takings.take(refund);

    finish();
    assertThat(balance()).isEqualTo("52.5");
    assertThat(status(refund)).isEqualTo(Status.UNANSWERED);
    told.made = List.of(made(refund, "pending"));
    finish();

    assertThat(balance()).isEqualTo("31.5");
    assertThat(status(refund)).isEqualTo(Status.PENDING);
  }

  @Test
  void whatTheProviderNeverTellsOf_isOverAfterADay() {
    Refund refund = left(Status.UNANSWERED, LONG_AGO);
    takings.take(refund);

    finish();

    assertThat(balance()).isEqualTo("52.5");
    assertThat(status(refund)).isEqualTo(Status.FAILED);
  }

  @Test
  void whatSomebodyIsAt_isLeftAlone() {
    Refund refund = left(Status.ASKING, NOW);
    takings.take(refund);

    finish();

    assertThat(balance()).isEqualTo("31.5");
    assertThat(status(refund)).isEqualTo(Status.ASKING);
  }
}
