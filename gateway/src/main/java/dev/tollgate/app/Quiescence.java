package dev.tollgate.app;

import dev.tollgate.domain.Blocking;
import dev.tollgate.proxy.Lane;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a stop waits for beyond the clients' connections: an answer may still be read for a client
 * that has hung up, and a charge may still be reckoned. The journal sees to it that the ledger
 * takes it.
 *
 * @param lanes which may be added to until the stop
 * @param millisMax for each of the two; the second gets ten seconds at least
 */
@Blocking
record Quiescence(List<Lane> lanes, long millisMax) {
  private static final Logger LOG = LoggerFactory.getLogger(Quiescence.class);
  private static final long POLL_MILLIS = 5;

  /** Charges are only reckoned: a short patience with clients and providers must not cost money. */
  private static final long CHARGED_MILLIS_MIN = 10_000;

  /** Waits for exchanges to end by themselves; those that do not are ended with their upstream. */
  void awaitExchanges() throws InterruptedException {
    var unused = await(millisMax);
  }

  /** Waits for the charges of those that were ended. */
  void awaitCharged() throws InterruptedException {
    if (!await(Math.max(millisMax, CHARGED_MILLIS_MIN))) {
      LOG.error("stopped with requests that have not ended: their holds stay");
    }
  }

  private boolean await(long millis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (lanes.stream().anyMatch(lane -> lane.exchanges() > 0)) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return true;
  }
}
