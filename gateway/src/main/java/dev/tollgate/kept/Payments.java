package dev.tollgate.kept;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.SettleOutcome;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.metering.ObjectState;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Charge;
import dev.tollgate.proxy.Charging;
import dev.tollgate.proxy.ExchangeSummary;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.Provider;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pays for objects when somebody sees them done, and only then lets the account have what has come
 * of them. Settling is idempotent by the object, so any number may see it at once, and again years
 * later. Whatever the ledger does not answer is told to it again by its journal; nobody waits for
 * that. Confined to its lane.
 */
final class Payments {
  private static final Logger LOG = LoggerFactory.getLogger(Payments.class);

  /** Nothing more comes of an object in one of these states. */
  private static final Set<String> FINAL =
      Set.of("completed", "succeeded", "failed", "expired", "cancelled", "canceled", "incomplete");

  private static final String JOB_ENTRY = "debit_run";
  private static final String ENTRY = "debit_inference";
  private static final int OK = 200;

  private final Lane lane;
  private final KeptSettings settings;
  private final DeferredBill bill;

  Payments(Lane lane, KeptSettings settings) {
    this.lane = lane;
    this.settings = settings;
    this.bill = new DeferredBill(lane.charging());
  }

  static boolean isFinal(String status) {
    return FINAL.contains(status);
  }

  /** Tells the ledger of an object; completes when it knows, or else will be told again. */
  CompletionStage<Boolean> keep(NewObject object) {
    return lane.ledger()
        .keep(object)
        .handle(
            (kept, away) -> {
              if (away != null) {
                LOG.warn("the ledger is told again of {} {}", object.kind().key(), object.id());
              } else if (!kept) {
                LOG.warn("{} {} is nobody's", object.kind().key(), object.id());
              }
              return true;
            });
  }

  /**
   * An object has been seen.
   *
   * @param tally what its provider says of it
   * @return completes when it is paid for, should that be due, and its files are the account's
   */
  CompletionStage<Boolean> seen(KeptObject object, Provider provider, Tally tally) {
    ObjectState state = tally.object();
    if (object.kind() == ObjectKind.FILE || !isFinal(state.status())) {
      return object.isOwed() ? renew(object, provider) : CompletableFuture.completedFuture(true);
    }
    CompletionStage<Boolean> paid =
        object.isPaid()
            ? CompletableFuture.completedFuture(true)
            : pay(object, provider, tally).exceptionally(away -> true);
    return paid.thenCompose(known -> keepFiles(object, provider, state));
  }

  private CompletionStage<Boolean> pay(KeptObject object, Provider provider, Tally tally) {
    DeferredPrice price;
    try {
      price = DeferredPrice.of(object);
    } catch (IllegalArgumentException unpriced) {
      LOG.error("{} cannot be charged", object.id(), unpriced);
      return CompletableFuture.completedFuture(false);
    }
    return bill.of(object, price, provider, tally)
        .thenCompose(
            charge ->
                lane.ledger()
                    .settleKept(settlement(object, price, provider, charge))
                    .thenApply(outcome -> announce(object, price, provider, charge, outcome)));
  }

  private boolean announce(
      KeptObject object,
      DeferredPrice price,
      Provider provider,
      Charge charge,
      SettleOutcome outcome) {
    if (outcome instanceof SettleOutcome.Settled settled && !settled.isReplay()) {
      lane.listener()
          .onPaidLater(
              new ExchangeSummary(
                  object.request(),
                  price.endpoint(),
                  price.rates().name(),
                  provider.settings().name(),
                  OK,
                  false,
                  charge.usage(),
                  charge.billedNanoUsd(),
                  charge.estimated(),
                  TimeUnit.MILLISECONDS.toNanos(ageMillis(object)),
                  -1,
                  0,
                  -1));
    }
    return true;
  }

  /** It is not done yet: its hold lives on. */
  private CompletionStage<Boolean> renew(KeptObject object, Provider provider) {
    DeferredPrice price;
    try {
      price = DeferredPrice.of(object);
    } catch (IllegalArgumentException unpriced) {
      return CompletableFuture.completedFuture(false);
    }
    return lane.ledger()
        .renew(settlement(object, price, provider, Charging.NOTHING), settings.leaseMillis())
        .exceptionally(away -> false);
  }

  private Settlement settlement(
      KeptObject object, DeferredPrice price, Provider provider, Charge charge) {
    RequestFacts facts =
        new RequestFacts(
            price.endpoint(),
            price.rates().name(),
            provider.settings().name(),
            price.upstreamModel(),
            OK,
            false,
            charge.estimated(),
            "",
            object.createdAtMillis(),
            ageMillis(object),
            -1);
    return new Settlement(
        object.request(),
        object.owner(),
        object.kind() == ObjectKind.FINE_TUNING_JOB ? JOB_ENTRY : ENTRY,
        charge.billedNanoUsd(),
        charge.listNanoUsd(),
        price.heldNanoUsd(),
        charge.usage(),
        facts,
        object.id());
  }

  private long ageMillis(KeptObject object) {
    return Math.max(0, lane.clock().millis() - object.createdAtMillis());
  }

  /** What has come of it is the account's, now that it is paid for. */
  private CompletionStage<Boolean> keepFiles(
      KeptObject object, Provider provider, ObjectState state) {
    CompletionStage<Boolean> all = CompletableFuture.completedFuture(true);
    for (String file : state.files()) {
      NewObject kept =
          new NewObject(
              object.owner(),
              file,
              ObjectKind.FILE,
              provider.settings().name(),
              object.request(),
              object.kind() == ObjectKind.BATCH ? "batch_output" : "fine-tune-results",
              Map.of(),
              new Payment.None(),
              settings.keptMillisOf(ObjectKind.FILE),
              0);
      all = all.thenCombine(keep(kept), (before, now) -> true);
    }
    return all;
  }
}
