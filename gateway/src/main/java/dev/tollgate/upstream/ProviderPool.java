package dev.tollgate.upstream;

import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lane's connections to one provider, and the calls that wait for one. A call takes the
 * connection of HTTP/1.1 that was used last, else a stream of one of HTTP/2, else waits for a
 * connection that is being opened and may have room for it, else opens one, else waits in line.
 * Whatever frees a connection, or the room for one, serves the line. Confined to the lane's event
 * loop.
 */
final class ProviderPool {
  /** What is spoken, as far as is known before a connection is there. */
  enum Spoken {
    UNKNOWN,
    HTTP_1,
    HTTP_2
  }

  private final PooledUpstream lane;
  private final Connector connector;
  private final ProviderSettings provider;
  private final Origin origin;
  private final RequestHeads heads;
  private final Warmth warmth;
  private final CallPatience patience;
  private final IdleConnections idle;
  private final SharedConnections shared = new SharedConnections();
  private final PoolOpenings openings;
  private final WaitingLine line;
  private Spoken spoken;

  /** Those being opened included. */
  private int connections;

  ProviderPool(PooledUpstream lane, Connector connector, ProviderSettings provider) {
    this.lane = lane;
    this.connector = connector;
    this.provider = provider;
    this.origin = Origin.of(provider.baseUrl());
    this.heads = new RequestHeads(origin, provider.reach());
    this.warmth = new Warmth(provider.reach().warmConnections());
    this.patience = new CallPatience(provider);
    this.idle = new IdleConnections(lane);
    this.openings = new PoolOpenings(lane.settings().http2().streamsMax());
    this.line = new WaitingLine(provider.waitingMax(), call -> place(call, null));
    this.spoken =
        switch (provider.reach().http2()) {
          case OFFERED -> origin.isTls() ? lane.spokenBefore(origin) : Spoken.HTTP_1;
          case NEVER -> Spoken.HTTP_1;
          case PRIOR_KNOWLEDGE -> Spoken.HTTP_2;
        };
  }

  ProviderSettings provider() {
    return provider;
  }

  Origin origin() {
    return origin;
  }

  RequestHeads heads() {
    return heads;
  }

  CallPatience patience() {
    return patience;
  }

  PooledUpstream lane() {
    return lane;
  }

  /** Whether nothing would be lost with it. */
  boolean isUnused() {
    return connections == 0 && line.isEmpty() && !warmth.isKept();
  }

  // ---- calls

  /** Finds the call a connection, or a place in the line, or fails it. */
  void acquire(PooledCall call) {
    if (!place(call, null)) {
      line.join(call);
    }
  }

  /**
   * Finds the call another connection than the one it was sent on.
   *
   * @param refuser one that has no place for it though it seems to; null for none
   */
  void resend(PooledCall call, @Nullable ProviderStreams refuser) {
    if (spoken != Spoken.HTTP_2 && mayOpen()) {
      // What is idle may be as dead as the one that it was sent on.
      open(call);
    } else if (!place(call, refuser)) {
      line.join(call);
    }
  }

  /** Whether there is a connection for it, or will be. */
  private boolean place(PooledCall call, @Nullable ProviderStreams avoided) {
    ProviderConnection connection = idle.take();
    if (connection != null) {
      call.sendOn(connection);
      return true;
    }
    ProviderStreams streams = shared.withRoom(avoided);
    if (streams != null) {
      streams.carry(call);
      return true;
    }
    PoolOpening opening = spoken == Spoken.HTTP_1 ? null : openings.withRoom();
    if (opening != null) {
      opening.join(call);
      return true;
    }
    if (mayOpen()) {
      open(call);
      return true;
    }
    return false;
  }

  private boolean mayOpen() {
    return connections < provider.connectionsMax();
  }

  private void open(PooledCall call) {
    PoolOpening opening = newOpening(false);
    opening.join(call);
    opening.start();
  }

  private PoolOpening newOpening(boolean isWarming) {
    connections++;
    PoolOpening opening = new PoolOpening(this, connector, isWarming);
    openings.add(opening);
    return opening;
  }

  void leaveLine(PooledCall call) {
    line.leave(call);
  }

  /** Finds connections for those in line as far as there is room. */
  void serveWaiting() {
    if (!lane.isClosed()) {
      line.serve();
    }
  }

  // ---- openings

  void opened(PoolOpening opening, ProviderConnection connection) {
    openings.remove(opening);
    speaks(Spoken.HTTP_1);
    connection.open();
    lane.connectionOpened(provider);
    List<PooledCall> calls = opening.takeCalls();
    if (calls.isEmpty()) {
      release(connection);
      return;
    }
    calls.getFirst().sendOn(connection);
    calls.subList(1, calls.size()).forEach(this::acquire);
  }

  void opened(PoolOpening opening, ProviderStreams connection) {
    openings.remove(opening);
    speaks(Spoken.HTTP_2);
    lane.connectionOpened(provider);
    shared.add(connection);
    connection.open();
    for (PooledCall call : opening.takeCalls()) {
      if (connection.hasRoom()) {
        connection.carry(call);
      } else {
        acquire(call);
      }
    }
    serveWaiting();
    if (lane.isClosed() && connection.isIdle()) {
      connection.discard();
    }
  }

  private void speaks(Spoken what) {
    spoken = what;
    if (provider.reach().http2() == Http2Use.OFFERED) {
      lane.rememberSpoken(origin, what);
    }
  }

  /** Its calls are told by itself; follow it by {@link #serveWaiting()}. */
  void openingFailed(PoolOpening opening) {
    openingEnded(opening);
    warmth.failed(lane.now());
  }

  /** It was given up, or has failed. */
  void openingEnded(PoolOpening opening) {
    openings.remove(opening);
    connections--;
  }

  // ---- connections

  /** A whole answer has come and the connection is in order: it serves the next call, or idles. */
  void release(ProviderConnection connection) {
    PooledCall next = line.poll();
    if (next != null) {
      next.sendOn(connection);
    } else if (lane.isClosed()) {
      connection.discard();
    } else {
      idle.add(connection);
    }
  }

  /** The connection is gone, or will be at once; follow it by {@link #serveWaiting()}. */
  void forget(ProviderConnection connection) {
    connections--;
    if (idle.remove(connection)) {
      warmth.lost(connection.idleSince(), lane.now());
    }
    lane.connectionClosed(provider);
  }

  /** The same of one that calls share. */
  void forget(ProviderStreams connection) {
    connections--;
    shared.remove(connection);
    warmth.lost(connection.openedNanos(), lane.now());
    lane.connectionClosed(provider);
  }

  /** A call's stream has ended, or the provider allows more of them, or fewer. */
  void roomChanged(ProviderStreams connection) {
    shared.changed(connection);
    if (!line.isEmpty()) {
      // Not in the midst of what the stream's end has still to do.
      lane.loop().execute(this::serveWaiting);
    }
  }

  // ---- time

  /** Looks at what happens by time alone. */
  void check(long now) {
    long idleNanosMax = provider.idleConnectionMillisMax() * 1_000_000L;
    idle.closeExpired(now, idleNanosMax, warmth.kept());
    shared.closeExpired(now, idleNanosMax, warmth.isKept());
    for (PoolOpening opening : openings.copy()) {
      if (opening.isOverdue(now)) {
        warmth.failed(now);
        opening.giveUp();
      }
    }
    for (ProviderStreams connection : shared.copy()) {
      connection.check(now, warmth.isKept());
    }
    warm(now);
  }

  // ---- warm connections

  /** From now on as many as the provider's settings say are open and idle. */
  void keepWarm() {
    warmth.keep();
    warm(lane.now());
  }

  /** From now on none need be. */
  void letGoCold() {
    warmth.letGo();
    openings.letGoCold();
    idle.closeAll();
    shared.closeIdle();
  }

  private void warm(long now) {
    if (lane.isClosed() || !warmth.mayOpen(now)) {
      return;
    }
    int missing = missing();
    for (int i = 0; i < missing && mayOpen(); i++) {
      newOpening(true).start();
    }
  }

  private int missing() {
    return switch (spoken) {
      case HTTP_1 -> warmth.kept() - idle.size() - openings.warming();
      case HTTP_2 -> shared.withRoom(null) == null && openings.isEmpty() ? 1 : 0;
      // The first one tells.
      case UNKNOWN -> openings.isEmpty() ? 1 : 0;
    };
  }

  /** In the words of a failure: names the provider first. */
  UpstreamFailure failure(Stage stage, boolean isTimeout, String problem) {
    return new UpstreamFailure(stage, isTimeout, provider.name() + " " + problem);
  }
}
