package dev.tollgate.billing.payment;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.payment.Repeats.Asked;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Refusal;
import dev.tollgate.pricing.RateCard;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where money comes in, wired by hand. One for all threads; all of it blocks. */
@Blocking
public final class Till {
  private static final String RETURN_PATH = "/dashboard/billing";
  private static final long UNFINISHED_MILLIS = TimeUnit.MINUTES.toMillis(10);
  private static final int FINISHED_MAX = 100;
  private static final Refusal NOT_OFFERED =
      new Refusal.NotOffered("Payments are not offered here. Ask the operator for credit.");

  private final PaymentSettings settings;
  private final Ids ids;
  private final InstantSource clock;
  private final PaymentRecords payments;
  private final RefundRecords refunds;
  private final Repeats repeats;
  private final PaymentLimits limits;
  private final TopUps topUps;
  private final Refunding refunding;
  private final Webhooks webhooks;
  private final SimulatedCheckout simulated;

  /**
   * @param origin what customers reach this gateway as; asked once it is known
   * @param ids used by many threads: its random source must stand that
   */
  public Till(
      PaymentSettings settings,
      PaymentLimits limits,
      Records records,
      Bookings bookings,
      Supplier<RateCard> card,
      Supplier<String> origin,
      Ids ids,
      PaymentListener listener,
      InstantSource clock) {
    this.settings = settings;
    this.limits = limits;
    this.ids = ids;
    this.clock = clock;
    this.payments = new PaymentRecords(records);
    this.refunds = new RefundRecords(records);
    this.repeats = new Repeats(records);
    Processor processor =
        settings.provider() == PaymentSettings.Provider.STRIPE
            ? new StripeProcessor(
                settings,
                limits,
                origin.get() + RETURN_PATH,
                payment -> payments.savedMethod(payment.account()))
            : new SimulatedProcessor(origin);
    Crediting crediting = new Crediting(payments, bookings, clock);
    Takings takings = new Takings(bookings);
    ReturnEvents returns = new ReturnEvents(payments, refunds, takings, processor, clock);
    this.topUps = new TopUps(payments, crediting, processor, settings, card, clock);
    this.refunding =
        new Refunding(payments, refunds, bookings, takings, returns, processor, settings, clock);
    this.webhooks =
        new Webhooks(
            new PaidEvents(payments, crediting, settings), returns, settings, listener, clock);
    this.simulated = new SimulatedCheckout(payments, webhooks, clock);
  }

  private boolean isBy(PaymentSettings.Provider provider) {
    return settings.provider() == provider;
  }

  Outcome<Document> topUp(Payer payer, long cents, @Nullable String key) {
    if (isBy(PaymentSettings.Provider.NONE)) {
      return new Outcome.Refused<>(NOT_OFFERED);
    }
    return repeats.once(
        new Asked(payer.account(), "topup", Long.toString(cents), key),
        newPayment(),
        clock.millis(),
        id -> topUps.checkout(id, payer, cents));
  }

  Outcome<Document> addFunds(Payer payer, long cents, @Nullable String key) {
    if (isBy(PaymentSettings.Provider.NONE)) {
      return new Outcome.Refused<>(NOT_OFFERED);
    }
    return repeats.once(
        new Asked(payer.account(), "funds", Long.toString(cents), key),
        newPayment(),
        clock.millis(),
        id -> topUps.funds(id, this::newPayment, payer, cents));
  }

  private String newPayment() {
    return ids.nextId("pay_");
  }

  Outcome<PaymentPage> list(AccountId account, long offset, int countMax) {
    List<PaymentPage.Listed> listed =
        payments.page(account, offset, countMax).stream()
            .map(payment -> new PaymentPage.Listed(payment, refunds.of(payment.id())))
            .toList();
    return new Outcome.Done<>(new PaymentPage(listed, payments.count(account)));
  }

  /**
   * @param cents null for all that is left
   */
  Outcome<Document> refund(
      AccountId account, String payment, @Nullable Long cents, @Nullable String key) {
    if (isBy(PaymentSettings.Provider.NONE)) {
      return new Outcome.Refused<>(NOT_OFFERED);
    }
    return repeats.once(
        new Asked(account, "refund", payment + " " + (cents == null ? "all" : cents), key),
        ids.nextId("ref_"),
        clock.millis(),
        id -> refunding.refund(id, account.value(), payment, cents));
  }

  /**
   * Ends refunds that a gateway has left behind that is gone, and forgets old Idempotency-Keys. To
   * be called from time to time.
   */
  public void tidy() {
    if (!isBy(PaymentSettings.Provider.NONE)) {
      refunding.finish(clock.millis() - UNFINISHED_MILLIS, FINISHED_MAX);
    }
    repeats.forgetBefore(clock.millis() - limits.requestsKeptMillis());
  }

  Outcome<Heard> receive(String payload, String signature) {
    return isBy(PaymentSettings.Provider.STRIPE)
        ? new Outcome.Done<>(webhooks.receive(payload, signature))
        : new Outcome.Refused<>(new Refusal.NotOffered("Payments are not taken by Stripe here."));
  }

  Outcome<Payment> simulated(String session) {
    return ofPage(() -> simulated.find(session));
  }

  Outcome<Payment> simulate(String session, SimulatedAct act) {
    return ofPage(() -> simulated.act(session, act));
  }

  private Outcome<Payment> ofPage(Supplier<Optional<Payment>> asked) {
    if (!isBy(PaymentSettings.Provider.SIMULATED)) {
      return new Outcome.Refused<>(new Refusal.NotOffered("Payments are not simulated here."));
    }
    Optional<Payment> payment = asked.get();
    return payment.isPresent()
        ? new Outcome.Done<>(payment.get())
        : new Outcome.Refused<>(new Refusal.NotFound("checkout"));
  }
}
