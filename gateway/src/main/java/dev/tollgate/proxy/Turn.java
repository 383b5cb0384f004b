package dev.tollgate.proxy;

import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.metering.TurnMeter;
import dev.tollgate.proxy.Admission.Decision.Admitted;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One purchase within a Realtime session: its hold, the response that uses it, and its figures. */
final class Turn {
  private static final String KIND = "debit_inference";

  final RequestId id;
  final KeyRef caller;
  final Admitted admitted;
  final TurnMeter meter;
  private Renewals.@Nullable Renewal renewal;
  private @Nullable Route route;
  private String attempts = "";
  private long startedAtMillis;
  private long startedNanos;
  private long firstNanos = -1;

  Turn(RequestId id, KeyRef caller, Admitted admitted, TurnMeter meter, long nowMillis) {
    this.id = id;
    this.caller = caller;
    this.admitted = admitted;
    this.meter = meter;
    begin(nowMillis);
  }

  /** Its response begins, or whatever else it is the price of. */
  void begin(long nowMillis) {
    startedAtMillis = nowMillis;
    startedNanos = System.nanoTime();
  }

  void keep(Renewals.Renewal itsRenewal) {
    renewal = itsRenewal;
  }

  /** The hold is about to be ended. */
  void letGo() {
    if (renewal != null) {
      renewal.end();
    }
  }

  /**
   * @param tried every try to reach a provider in order, as {@code provider:outcome:millis}
   */
  void takeRoute(Route taken, String tried) {
    route = taken;
    attempts = tried;
  }

  /** Something of it has gone to the client. */
  void delivered() {
    if (firstNanos < 0 && meter.hasDelivered()) {
      firstNanos = System.nanoTime();
    }
  }

  long heldNanoUsd() {
    return admitted.hold().heldNanoUsd();
  }

  Settlement settlement(Charge charge, int status) {
    RequestFacts facts =
        new RequestFacts(
            OpenAiRealtime.PATH,
            admitted.prompt().model(),
            route == null ? "" : route.provider().settings().name(),
            route == null ? "" : route.model(),
            status,
            true,
            charge.estimated(),
            attempts,
            startedAtMillis,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos),
            firstNanos < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(firstNanos - startedNanos));
    return new Settlement(
        id,
        caller,
        KIND,
        charge.billedNanoUsd(),
        charge.listNanoUsd(),
        heldNanoUsd(),
        charge.usage(),
        facts);
  }

  ExchangeSummary summary(Charge charge, int status) {
    long totalNanos = System.nanoTime() - startedNanos;
    return new ExchangeSummary(
        id,
        OpenAiRealtime.PATH,
        admitted.prompt().model(),
        route == null ? "" : route.provider().settings().name(),
        status,
        true,
        charge.usage(),
        charge.billedNanoUsd(),
        charge.estimated(),
        totalNanos,
        firstNanos < 0 ? -1 : firstNanos - startedNanos,
        totalNanos,
        -1);
  }
}
