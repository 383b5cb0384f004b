package dev.tollgate.proxy;

import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.proxy.Admission.Decision.Admitted;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is known of an exchange once its hold stands: who buys what, and how far it has come. */
final class Purchase {
  private final RequestId request;
  final KeyRef caller;
  final Prompt prompt;
  final Admitted admitted;
  final Tries tries;
  final Failover failover;
  private @Nullable Route route;
  private @Nullable Relay relay;
  private Renewals.@Nullable Renewal renewal;
  private String object = "";

  Purchase(RequestId request, KeyRef caller, Admitted admitted, Tries tries) {
    this.request = request;
    this.caller = caller;
    this.prompt = admitted.prompt();
    this.admitted = admitted;
    this.tries = tries;
    this.failover = tries.failover();
  }

  void takeRoute(Route taken, Relay itsRelay) {
    route = taken;
    relay = itsRelay;
  }

  /** The hold is kept alive by this from now on. */
  void keep(Renewals.Renewal itsRenewal) {
    renewal = itsRenewal;
  }

  /**
   * The hold is about to be ended: it is not to be kept alive any more, nor is there another try.
   */
  void letGo() {
    failover.left();
    if (renewal != null) {
      renewal.end();
    }
  }

  Course course() {
    return admitted.offer().course();
  }

  /** As its course sees it. */
  Bought seen() {
    return new Bought(request, caller, prompt, admitted.offer(), admitted.hold(), route());
  }

  /**
   * @param id of what the provider keeps, that this is the price of
   */
  void paysFor(String id) {
    object = id;
  }

  /** What it has cost so far, to be charged should nobody be left to settle it. */
  Charge soFar() {
    return relay == null || !relay.isDelivering()
        ? Charging.NOTHING
        : Charging.soFar(admitted.offer(), prompt, admitted.hold(), relay.tally());
  }

  /** Whether a provider has been called. */
  boolean isCalled() {
    return relay != null;
  }

  /** The call under way, or the last one. */
  Relay relay() {
    if (relay == null) {
      throw new IllegalStateException("no route has been taken");
    }
    return relay;
  }

  Route route() {
    if (route == null) {
      throw new IllegalStateException("no route has been taken");
    }
    return route;
  }

  /** Notes how the call under way ended. */
  void note(String outcome) {
    failover.note(route(), outcome);
  }

  Settlement settlement(
      ServerRequest request, Endpoint endpoint, Charge charge, int status, long startedAtMillis) {
    long firstByteNanos = firstByteNanos(request, System.nanoTime());
    RequestFacts facts =
        new RequestFacts(
            endpoint.nameOf(request.path()),
            prompt.model(),
            route == null ? "" : route.provider().settings().name(),
            route == null ? "" : route.model(),
            status,
            relay != null && relay.isStreamed(),
            charge.estimated(),
            failover.attempts(),
            startedAtMillis,
            millisSince(request.receivedNanos()),
            firstByteNanos < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(firstByteNanos));
    return new Settlement(
        request.id(),
        caller,
        endpoint.entryKind(),
        charge.billedNanoUsd(),
        charge.listNanoUsd(),
        admitted.hold().heldNanoUsd(),
        charge.usage(),
        facts,
        object);
  }

  ExchangeSummary summary(
      ServerRequest request, Endpoint endpoint, Charge charge, int status, long nowNanos) {
    long totalNanos = nowNanos - request.receivedNanos();
    return new ExchangeSummary(
        request.id(),
        endpoint.path(),
        prompt.model(),
        route == null ? "" : route.provider().settings().name(),
        status,
        relay != null && relay.isStreamed(),
        charge.usage(),
        charge.billedNanoUsd(),
        charge.estimated(),
        totalNanos,
        firstByteNanos(request, nowNanos),
        relay == null ? 0 : relay.upstreamNanos(nowNanos),
        overheadNanos(totalNanos, request, nowNanos));
  }

  /** An answer that waits to be whole is sent right after this is asked for. */
  private long firstByteNanos(ServerRequest request, long nowNanos) {
    if (relay == null || relay.isClientGone()) {
      return -1;
    }
    return (relay.sentNanos() < 0 ? nowNanos : relay.sentNanos()) - request.receivedNanos();
  }

  private long overheadNanos(long totalNanos, ServerRequest request, long nowNanos) {
    if (relay == null || relay.isClientGone()) {
      return -1;
    }
    return relay.isStreamed()
        ? firstByteNanos(request, nowNanos) - relay.headWaitNanos()
        : totalNanos - relay.upstreamNanos(nowNanos);
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
