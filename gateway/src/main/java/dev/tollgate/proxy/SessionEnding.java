package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import dev.tollgate.frames.SideEnd;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a Realtime session comes to its end: whichever side it begins at, the other is told, every
 * response is paid for as far as it came, and it is over when both sides are and nothing is held.
 * Confined to its event loop.
 */
final class SessionEnding {
  private static final Logger LOG = LoggerFactory.getLogger(SessionEnding.class);
  private static final int NORMAL = 1000;
  private static final int GOING_AWAY = 1001;
  private static final int POLICY = 1008;
  private static final int INTERNAL_ERROR = 1011;

  private final Lane lane;
  private final Route route;
  private final ProxySettings bounds;
  private final SessionSide client;
  private final SessionSide provider;
  private final SessionHolds holds;
  private final SessionErrors errors;
  private final String name;
  private boolean isStopping;
  private boolean isDraining;
  private boolean isOver;
  private @Nullable ScheduledFuture<?> drainEnd;
  private Runnable onOver = () -> {};

  /**
   * @param name of the session, for the log
   */
  SessionEnding(
      Lane lane,
      Route route,
      ProxySettings bounds,
      SessionSide client,
      SessionSide provider,
      SessionHolds holds,
      SessionErrors errors,
      String name) {
    this.lane = lane;
    this.route = route;
    this.bounds = bounds;
    this.client = client;
    this.provider = provider;
    this.holds = holds;
    this.errors = errors;
    this.name = name;
  }

  /** Told when the session is over. */
  void whenOver(Runnable told) {
    onOver = told;
  }

  boolean isOver() {
    return isOver;
  }

  // ---- a side has ended

  void onClientEnd(SideEnd how) {
    if (client.isOver()) {
      return;
    }
    client.end();
    int code = how instanceof SideEnd.Closed(int said, String reason) ? said : GOING_AWAY;
    String reason = how instanceof SideEnd.Closed(int said, String words) ? words : "";
    if (provider.isOver()) {
      finishIfDone();
    } else if (mayDrain()) {
      isDraining = true;
      drainEnd =
          lane.eventLoop()
              .schedule(
                  () -> step(() -> endProvider(code, reason)),
                  bounds.drainMillisMax(),
                  TimeUnit.MILLISECONDS);
      provider.readFor(client);
    } else {
      endProvider(code, reason);
    }
  }

  private boolean mayDrain() {
    return holds.isRunning()
        && route.provider().drainsOnDisconnect()
        && lane.startDrain(bounds.drainsMax());
  }

  /** The client is gone, and nothing more is waited for. */
  private void endProvider(int code, String reason) {
    if (!provider.isOver()) {
      provider.close(code, reason);
      endTurns(true);
    }
  }

  void onProviderEnd(SideEnd how) {
    if (provider.isOver()) {
      return;
    }
    provider.end();
    endTurns(false);
    switch (how) {
      case SideEnd.Closed(int code, String reason) -> client.close(code, reason);
      case SideEnd.Faulty(int code, String reason) -> breakOff("The provider broke the protocol.");
      case SideEnd.Gone gone -> breakOff("The provider broke the connection.");
    }
    finishIfDone();
  }

  private void breakOff(String why) {
    errors.send(new Refusal.UpstreamError(why));
    client.close(INTERNAL_ERROR, "upstream_error");
  }

  // ---- it is ended

  /** The client is told why, and both sides are closed. */
  void refuse(Refusal refusal) {
    errors.send(refusal);
    closeBoth(POLICY, refusal.code(), NORMAL);
  }

  /** A bound of time is past. */
  void onTime(String reason) {
    closeBoth(GOING_AWAY, reason, NORMAL);
  }

  /** The gateway stops: a response that is under way is let end. */
  void stop() {
    isStopping = true;
    if (!holds.isRunning()) {
      goAway();
    }
  }

  boolean isStopping() {
    return isStopping;
  }

  void goAway() {
    closeBoth(GOING_AWAY, "gateway_stopping", GOING_AWAY);
  }

  /** The gateway waits no longer. */
  void drop() {
    client.closeAtOnce(GOING_AWAY, "gateway_stopping");
    onClientEnd(new SideEnd.Gone());
  }

  /** A response has ended; the last may have been waited for. */
  void onTurnOver() {
    if (isStopping && !holds.isRunning()) {
      goAway();
    } else if (isDraining && !holds.isRunning()) {
      endProvider(NORMAL, "");
    }
  }

  private void closeBoth(int clientCode, String clientReason, int providerCode) {
    client.close(clientCode, clientReason);
    provider.close(providerCode, "");
    endTurns(true);
  }

  private void endTurns(boolean isByClient) {
    holds.end(isByClient);
    finishIfDone();
  }

  /** Nothing is left to pass on or to pay. */
  void finishIfDone() {
    if (isOver || !client.isOver() || !provider.isOver() || !holds.isDone()) {
      return;
    }
    isOver = true;
    onOver.run();
    if (drainEnd != null) {
      drainEnd.cancel(false);
    }
    if (isDraining) {
      lane.endDrain();
    }
    lane.exchangeEnded();
  }

  // ---- and should there be a bug in all this

  void step(Runnable act) {
    try {
      act.run();
    } catch (RuntimeException bug) {
      LOG.error("{} failed", name, bug);
      closeBoth(INTERNAL_ERROR, "internal_error", NORMAL);
    }
  }
}
