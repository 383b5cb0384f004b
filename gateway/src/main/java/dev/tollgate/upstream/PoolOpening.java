package dev.tollgate.upstream;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A connection of a pool that is being opened, and the calls that wait for it: several, where
 * HTTP/2 may be spoken on it, so that a hundred calls to a provider that nobody is connected to do
 * not open a hundred connections. Once the last of them has left it is given up, unless it is
 * opened for its own sake. Confined to the lane's event loop.
 */
final class PoolOpening implements ConnectionOpening.Ending {
  private final ProviderPool pool;
  private final ConnectionOpening opening;
  private final boolean isWarming;
  private final long sinceNanos;
  private final Set<PooledCall> calls = new LinkedHashSet<>();

  /**
   * @param isWarming whether it is opened though no call waits for it
   */
  PoolOpening(ProviderPool pool, Connector connector, boolean isWarming) {
    this.pool = pool;
    this.opening = new ConnectionOpening(connector, pool, this);
    this.isWarming = isWarming;
    this.sinceNanos = pool.lane().now();
  }

  void start() {
    opening.start();
  }

  boolean isWarming() {
    return isWarming;
  }

  int calls() {
    return calls.size();
  }

  void join(PooledCall call) {
    calls.add(call);
    call.awaitOpening(this);
  }

  /** The call is over, or waits for something else. */
  void leave(PooledCall call) {
    calls.remove(call);
    if (calls.isEmpty() && !isWarming) {
      giveUp();
    }
  }

  /** Nobody waits for it any more. */
  void giveUp() {
    opening.abandon();
    pool.openingEnded(this);
    pool.serveWaiting();
  }

  /** Calls have bounds of their own. */
  boolean isOverdue(long now) {
    return isWarming
        && calls.isEmpty()
        && now - sinceNanos >= pool.provider().connectMillisMax() * 1_000_000L;
  }

  @Override
  public void opened(ProviderConnection connection) {
    pool.opened(this, connection);
  }

  @Override
  public void opened(ProviderStreams connection) {
    pool.opened(this, connection);
  }

  @Override
  public void failed(String problem) {
    pool.openingFailed(this);
    for (PooledCall call : takeCalls()) {
      call.openingFailed(problem);
    }
    pool.serveWaiting();
  }

  /** Those that have waited, in order; they wait for it no longer. */
  List<PooledCall> takeCalls() {
    List<PooledCall> waited = new ArrayList<>(calls);
    calls.clear();
    waited.forEach(PooledCall::leftOver);
    return waited;
  }
}
