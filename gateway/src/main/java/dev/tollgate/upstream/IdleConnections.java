package dev.tollgate.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A pool's connections of HTTP/1.1 that no call has. The one that was used last is used next, so
 * that those that are no longer needed grow old. Confined to the lane's event loop.
 */
final class IdleConnections {
  private final PooledUpstream lane;
  private final Deque<ProviderConnection> idle = new ArrayDeque<>();

  IdleConnections(PooledUpstream lane) {
    this.lane = lane;
  }

  int size() {
    return idle.size();
  }

  void add(ProviderConnection connection) {
    connection.idleFrom(lane.now());
    idle.push(connection);
    lane.idleChanged(1);
  }

  /** For a call; null for none. */
  @Nullable ProviderConnection take() {
    ProviderConnection connection = idle.poll();
    if (connection != null) {
      lane.idleChanged(-1);
      connection.leaveIdle();
    }
    return connection;
  }

  /**
   * @return whether it was idle
   */
  boolean remove(ProviderConnection connection) {
    boolean wasIdle = connection.isIdle() && idle.remove(connection);
    if (wasIdle) {
      lane.idleChanged(-1);
    }
    return wasIdle;
  }

  /**
   * Closes those that have been idle for so long.
   *
   * @param kept how many stay, however old they are
   */
  void closeExpired(long now, long nanosMax, int kept) {
    ProviderConnection oldest = idle.peekLast();
    while (oldest != null && idle.size() > kept && now - oldest.idleSince() >= nanosMax) {
      oldest.discard();
      oldest = idle.peekLast();
    }
  }

  void closeAll() {
    while (!idle.isEmpty()) {
      idle.element().discard();
    }
  }
}
