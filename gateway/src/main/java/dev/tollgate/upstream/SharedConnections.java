package dev.tollgate.upstream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pool's connections that carry many calls each. The first with room is filled before the next
 * one is touched, so that those that are no longer needed fall idle. Confined to the lane's event
 * loop.
 */
final class SharedConnections {
  private final List<ProviderStreams> all = new ArrayList<>();

  /** Those that may take a call; some may have filled up since they were put here. */
  private final Deque<ProviderStreams> roomy = new ArrayDeque<>();

  void add(ProviderStreams connection) {
    all.add(connection);
    roomy.addLast(connection);
  }

  void remove(ProviderStreams connection) {
    all.remove(connection);
    roomy.remove(connection);
  }

  /** It may have room where it had none. */
  void changed(ProviderStreams connection) {
    if (connection.hasRoom() && !roomy.contains(connection)) {
      roomy.addFirst(connection);
    }
  }

  /**
   * @param avoided one that will not do
   */
  @Nullable ProviderStreams withRoom(@Nullable ProviderStreams avoided) {
    while (!roomy.isEmpty() && !roomy.element().hasRoom()) {
      roomy.remove();
    }
    for (ProviderStreams connection : roomy) {
      if (!connection.equals(avoided) && connection.hasRoom()) {
        return connection;
      }
    }
    return null;
  }

  /** All of them, whatever happens to one of them meanwhile. */
  List<ProviderStreams> copy() {
    return List.copyOf(all);
  }

  /**
   * Closes those that have been idle for so long.
   *
   * @param keepsRoom whether the last that has room for a call stays, however old it is
   */
  void closeExpired(long now, long nanosMax, boolean keepsRoom) {
    for (ProviderStreams connection : copy()) {
      boolean isOld = connection.isIdle() && now - connection.idleSince() >= nanosMax;
      if (isOld && !(keepsRoom && withRoom(connection) == null)) {
        connection.discard();
      }
    }
  }

  void closeIdle() {
    for (ProviderStreams connection : copy()) {
      if (connection.isIdle()) {
        connection.discard();
      }
    }
  }
}
