package dev.tollgate.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a pool that wait for a connection, in the order in which they have come, and how
 * many there may be. Confined to the lane's event loop.
 */
final class WaitingLine {
  private final int waitingMax;
  private final Predicate<PooledCall> place;
  private final Deque<PooledCall> waiting = new ArrayDeque<>();
  private boolean isServing;

  /**
   * @param place finds a call a connection, now or soon, and says whether there was one
   */
  WaitingLine(int waitingMax, Predicate<PooledCall> place) {
    this.waitingMax = waitingMax;
    this.place = place;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Fails the call where the line is too long. */
  void join(PooledCall call) {
    call.awaitTurn();
    if (waiting.size() < waitingMax) {
      waiting.add(call);
    } else {
      call.fail(false, "has no connection free, and too many requests wait for one");
    }
  }

  void leave(PooledCall call) {
    waiting.remove(call);
  }

  /** The first one; null for none. */
  @Nullable PooledCall poll() {
    return waiting.poll();
  }

  /** Finds connections for them as far as there is room; what that frees is not served anew. */
  void serve() {
    if (isServing) {
      return;
    }
    isServing = true;
    try {
      while (!waiting.isEmpty()) {
        PooledCall next = waiting.remove();
        if (!place.test(next)) {
          waiting.addFirst(next);
          return;
        }
      }
    } finally {
      isServing = false;
    }
  }
}
