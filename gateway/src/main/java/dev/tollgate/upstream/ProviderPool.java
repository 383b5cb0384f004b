package dev.tollgate.upstream;

import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A lane's connections to one provider, and the calls that wait for one. A call takes the
 * connection that was used last, else opens one for itself, else waits in line. Whatever frees a
 * connection, or the room for one, serves the line. Confined to the lane's event loop.
 */
final class ProviderPool {
  private final PooledUpstream lane;
  private final Connector connector;
  private final ProviderSettings provider;
  private final Origin origin;
  private final RequestHeads heads;
  private final Deque<ProviderConnection> idle = new ArrayDeque<>();
  private final Queue<PooledCall> waiting = new ArrayDeque<>();

  /** Those being opened included. */
  private int connections;

  private boolean isServing;

  ProviderPool(PooledUpstream lane, Connector connector, ProviderSettings provider) {
    this.lane = lane;
    this.connector = connector;
    this.provider = provider;
    this.origin = Origin.of(provider.baseUrl());
    this.heads = new RequestHeads(origin, provider.reach());
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

  PooledUpstream lane() {
    return lane;
  }

  /** Whether nothing would be lost with it. */
  boolean isUnused() {
    return connections == 0 && waiting.isEmpty();
  }

  /** Finds the call a connection, or a place in the line, or fails it. */
  void acquire(PooledCall call) {
    ProviderConnection connection = takeIdle();
    if (connection != null) {
      call.sendOn(connection);
    } else if (connections < provider.connectionsMax()) {
      open(call);
    } else if (waiting.size() < provider.waitingMax()) {
      waiting.add(call);
    } else {
      call.fail(false, "has no connection free, and too many requests wait for one");
    }
  }

  /** A connection for this call alone, whatever is idle. */
  void open(PooledCall call) {
    connections++;
    ConnectionOpening opening = new ConnectionOpening(connector, this, new OpeningFor(call));
    call.awaitOpening(opening);
    opening.start();
  }

  private final class OpeningFor implements ConnectionOpening.Ending {
    private final PooledCall call;

    private OpeningFor(PooledCall call) {
      this.call = call;
    }

    @Override
    public void opened(ProviderConnection connection) {
      connection.open();
      lane.connectionOpened(provider);
      call.sendOn(connection);
    }

    @Override
    public void failed(String problem) {
      connections--;
      call.openingFailed(problem);
      serveWaiting();
    }
  }

  void abandon(ConnectionOpening opening) {
    connections--;
    opening.abandon();
    serveWaiting();
  }

  void leaveLine(PooledCall call) {
    waiting.remove(call);
  }

  /** A whole answer has come and the connection is in order: it serves the next call, or idles. */
  void release(ProviderConnection connection) {
    PooledCall next = waiting.poll();
    if (next != null) {
      next.sendOn(connection);
    } else if (lane.isClosed()) {
      connection.discard();
    } else {
      connection.idleFrom(lane.now());
      idle.push(connection);
      lane.idleChanged(1);
    }
  }

  /** The connection is gone, or will be at once; follow it by {@link #serveWaiting()}. */
  void forget(ProviderConnection connection) {
    connections--;
    if (connection.isIdle() && idle.remove(connection)) {
      lane.idleChanged(-1);
    }
    lane.connectionClosed(provider);
  }

  /** Opens connections for those in line as far as there is room. */
  void serveWaiting() {
    if (isServing) {
      return;
    }
    isServing = true;
    try {
      while (!lane.isClosed() && connections < provider.connectionsMax() && !waiting.isEmpty()) {
        open(waiting.remove());
      }
    } finally {
      isServing = false;
    }
  }

  void closeExpired(long now) {
    long nanosMax = provider.idleConnectionMillisMax() * 1_000_000L;
    ProviderConnection oldest = idle.peekLast();
    while (oldest != null && now - oldest.idleSince() >= nanosMax) {
      oldest.discard();
      oldest = idle.peekLast();
    }
  }

  void closeIdle() {
    while (!idle.isEmpty()) {
      idle.element().discard();
    }
  }

  private @Nullable ProviderConnection takeIdle() {
    ProviderConnection connection = idle.poll();
    if (connection != null) {
      lane.idleChanged(-1);
      connection.leaveIdle();
    }
    return connection;
  }

  /** In the words of a failure: names the provider first. */
  UpstreamFailure failure(Stage stage, boolean isTimeout, String problem) {
    return new UpstreamFailure(stage, isTimeout, provider.name() + " " + problem);
  }
}
