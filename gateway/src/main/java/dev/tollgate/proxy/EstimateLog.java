package dev.tollgate.proxy;

import dev.tollgate.domain.Money;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each charge whose usage is an estimate, by the id under which its customer sees it: no
 * account, no key, nothing of what was asked or answered. A provider that never reports usage does
 * not flood the log: at most {@value #LINES_PER_SECOND_MAX} lines a second, and the next one says
 * how many were left out. Confined to the event loop of its lane.
 */
public final class EstimateLog implements ExchangeListener {
  private static final Logger LOG = LoggerFactory.getLogger(EstimateLog.class);
  private static final int LINES_PER_SECOND_MAX = 10;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private long secondBegan;
  private int lines;
  private long leftOut;

  public EstimateLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.secondBegan = nanoTime.getAsLong();
  }

  @Override
  public void onPaidLater(ExchangeSummary summary) {
    onFinished(summary);
  }

  @Override
  public void onFinished(ExchangeSummary summary) {
    if (summary.estimated().isEmpty()) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (now - secondBegan >= SECOND_NANOS) {
      secondBegan = now;
      lines = 0;
    }
    if (lines == LINES_PER_SECOND_MAX) {
      leftOut++;
      return;
    }
    lines++;
    LOG.info(
        "usage estimated request={} reason={} route={} model={} provider={} status={} cost_usd={}"
            + " usage={} left_out={}",
        summary.request(),
        summary.estimated(),
        summary.route(),
        summary.model(),
        summary.provider(),
        summary.status(),
        Money.usd(summary.costNanoUsd()),
        summary.usage(),
        leftOut);
    leftOut = 0;
  }
}
