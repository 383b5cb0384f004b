package dev.tollgate.billing.payment;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.billing.Office;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.pricing.RateCard;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What doors ask about payments. One per event loop; stages complete on it, and fail only for a
 * bug: that something is away is a refusal.
 */
public final class Payments {
  private static final Logger LOG = LoggerFactory.getLogger(Payments.class);

  private final Till till;
  private final Office office;
  private final Supplier<RateCard> card;

  public Payments(Till till, Office office, Supplier<RateCard> card) {
    this.till = till;
    this.office = office;
    this.card = card;
  }

  /** The least that can be paid at once, in whole cents. */
  public long centsMin() {
    return Math.max(Money.ceilCents(card.get().topUp().minNanoUsd()), 1);
  }

  /** The most that can be paid at once, in whole cents. */
  public long centsMax() {
    return Money.floorCents(card.get().topUp().maxNanoUsd());
  }

  /**
   * Opens a checkout: {@code {"data":{"checkout_url","session_id"}}}.
   *
   * @param cents from {@link #centsMin} to {@link #centsMax}
   * @param key the same is answered as at first; null for anew
   */
  public CompletionStage<Outcome<Document>> topUp(Payer payer, long cents, @Nullable String key) {
    return served(() -> till.topUp(payer, cents, key));
  }

  /**
   * Charges the saved method (200), or opens a checkout or waits for a bank (202).
   *
   * @param cents from {@link #centsMin} to {@link #centsMax}
   * @param key the same is answered as at first; null for anew
   */
  public CompletionStage<Outcome<Document>> addFunds(
      Payer payer, long cents, @Nullable String key) {
    return served(() -> till.addFunds(payer, cents, key));
  }

  public CompletionStage<Outcome<PaymentPage>> list(AccountId account, long offset, int countMax) {
    return served(() -> till.list(account, offset, countMax));
  }

  /**
   * Sends back what is left of a payment, or less.
   *
   * @param cents null for all that is left
   * @param key the same is answered as at first; null for anew
   */
  public CompletionStage<Outcome<Document>> refund(
      AccountId account, String payment, @Nullable Long cents, @Nullable String key) {
    return served(() -> till.refund(account, payment, cents, key));
  }

  /**
   * Hears a webhook.
   *
   * @param signature as it was sent; empty where there was none
   */
  public CompletionStage<Outcome<Heard>> receive(String payload, String signature) {
    return served(() -> till.receive(payload, signature));
  }

  /** The payment of a page that stands in for a payment provider's. */
  public CompletionStage<Outcome<Payment>> simulated(String session) {
    return served(() -> till.simulated(session));
  }

  /** The same, once something has been done on it. */
  public CompletionStage<Outcome<Payment>> simulate(String session, SimulatedAct act) {
    return served(() -> till.simulate(session, act));
  }

  private <T> CompletionStage<Outcome<T>> served(Supplier<Outcome<T>> task) {
    return office.handle(task).exceptionally(Payments::refused);
  }

  private static <T> Outcome<T> refused(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return new Outcome.Refused<>(
        switch (cause) {
          case LedgerUnavailableException away -> new Refusal.LedgerUnavailable();
          case ArchiveException away -> {
            LOG.error("payments: {}", away.getMessage());
            yield new Refusal.ArchiveUnavailable();
          }
          case RejectedExecutionException tooMany ->
              new Refusal.Overloaded("Too many payments wait at the moment.");
          case null, default -> throw new CompletionException(cause);
        });
  }
}
