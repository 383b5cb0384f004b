package dev.tollgate.kept;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.metering.ObjectState;
import dev.tollgate.metering.Tally;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.proxy.Charge;
import dev.tollgate.proxy.Charging;
import dev.tollgate.proxy.Offer;
import dev.tollgate.proxy.Provider;
import dev.tollgate.proxy.Route;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What something that is done costs: what its provider says was used, at the prices of the moment
 * when it was bought. Where the provider does not say, or says nonsense, a share of what was held,
 * as large as the share of its requests that were answered.
 */
final class DeferredBill {
  /** The one state of a job that is paid for: failed and cancelled ones are free. */
  private static final String SUCCEEDED = "succeeded";

  private final Charging charging;

  DeferredBill(Charging charging) {
    this.charging = charging;
  }

  CompletionStage<Charge> of(
      KeptObject object, DeferredPrice price, Provider provider, Tally tally) {
    ObjectState state = tally.object();
    if (object.kind() == ObjectKind.FINE_TUNING_JOB && !state.status().equals(SUCCEEDED)) {
      return CompletableFuture.completedFuture(Charging.NOTHING);
    }
    Usage reported = tally.reported();
    boolean isReported =
        reported != null && !tally.isStrange() && !(reported.isNone() && state.done() > 0);
    if (isReported || (object.kind() == ObjectKind.RESPONSE && !isUnserved(state))) {
      Offer offer =
          new Offer(
              price.rates(),
              Set.of(Meter.INPUT),
              List.of(new Route(provider, price.upstreamModel())));
      return charging
          .charge(offer, price.prompt(), price.hold(object), tally, null)
          .thenApply(
              charge ->
                  object.kind() == ObjectKind.FINE_TUNING_JOB ? inCents(charge, price) : charge);
    }
    return CompletableFuture.completedFuture(
        isUnserved(state) ? Charging.NOTHING : share(price, tally));
  }

  /** What is priced by {@link TrainingPrice} is paid in whole cents. */
  private static Charge inCents(Charge charge, DeferredPrice price) {
    return new Charge(
        charge.usage(),
        TrainingPrice.billedNanoUsd(charge.listNanoUsd(), TrainingPrice.ONE_PPM),
        TrainingPrice.billedNanoUsd(charge.listNanoUsd(), price.multiplierPpm()),
        charge.estimated());
  }

  /** Whether nothing was made for the client, as far as anybody says. */
  private static boolean isUnserved(ObjectState state) {
    return state.done() == 0
        || (state.done() == ObjectState.UNKNOWN
            && !state.status().equals("completed")
            && !state.status().equals("succeeded")
            && !state.status().equals("incomplete")
            && !state.status().equals("expired"));
  }

  private static Charge share(DeferredPrice price, Tally tally) {
    ObjectState state = tally.object();
    long total = state.total() > 0 ? state.total() : price.requests();
    long done = state.done() == ObjectState.UNKNOWN ? total : Math.min(state.done(), total);
    return new Charge(
        Usage.NONE,
        share(price.listHeldNanoUsd(), done, total),
        share(price.heldNanoUsd(), done, total),
        tally.isStrange() ? "strange_usage" : "missing_usage");
  }

  private static long share(long nanoUsd, long done, long total) {
    if (done >= total) {
      return nanoUsd;
    }
    BigInteger[] parts =
        BigInteger.valueOf(nanoUsd)
            .multiply(BigInteger.valueOf(done))
            .divideAndRemainder(BigInteger.valueOf(total));
    return parts[0].longValueExact() + (parts[1].signum() > 0 ? 1 : 0);
  }
}
