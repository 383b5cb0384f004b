package dev.tollgate.upstream;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the health checks of one provider say, for all of its targets. They never take a provider
 * away from who has no other: they only say who is tried last. Nor do they outweigh what real calls
 * show: one that has answered them within the time of the checks that failed is not down.
 *
 * <p>Told by whoever makes the checks, on one event loop; asked from all lanes. No thread ever
 * waits for another in here.
 */
public final class ProviderHealth {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderHealth.class);

  private final String name;
  private final long slowStartNanos;
  private final LongSupplier nanoTime;

  /** Of real calls; the latest. */
  private volatile long answeredNanos;

  /** How long an answer to a real call outweighs the checks; 0 where there are none. */
  private volatile long outweighedNanos;

  private volatile boolean isFailing;
  private volatile long backSinceNanos;
  private volatile long recoveredNanos;
  private volatile long latencyNanos;

  private @Nullable HealthCheckSettings settings;
  private int failures;
  private int successes;

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  ProviderHealth(String name, BreakerSettings breakers, LongSupplier nanoTime) {
    this.name = name;
    this.slowStartNanos = TimeUnit.MILLISECONDS.toNanos(breakers.slowStartMillis());
    this.nanoTime = nanoTime;
    long longAgo = nanoTime.getAsLong() - Long.MAX_VALUE / 2;
    this.answeredNanos = longAgo;
    this.backSinceNanos = longAgo;
    this.recoveredNanos = longAgo;
  }

  // ---- told by the checks

  /** From now on it is checked like this; nothing is known yet, and it is taken to be well. */
  public void checksBegin(HealthCheckSettings checks) {
    forget();
    settings = checks;
    outweighedNanos =
        TimeUnit.MILLISECONDS.toNanos(
            checks.failuresMax() * Math.max(checks.intervalMillis(), checks.answerMillisMax()));
  }

  /** It is not checked any more. */
  public void checksEnd() {
    settings = null;
    outweighedNanos = 0;
    forget();
  }

  private void forget() {
    failures = 0;
    successes = 0;
    latencyNanos = 0;
    isFailing = false;
  }

  /**
   * @param latency until the answer's head
   */
  public void checkPassed(long latency) {
    failures = 0;
    successes++;
    latencyNanos = Latency.mean(latencyNanos, latency);
    if (isFailing && settings != null && successes >= settings.successesMin()) {
      long now = nanoTime.getAsLong();
      if (isDown(now)) {
        backSinceNanos = now;
      }
      recoveredNanos = now;
      isFailing = false;
      LOG.info("{} passes its health checks again", name);
    }
  }

  /**
   * @param reason to follow the provider's name; no secret
   */
  public void checkFailed(String reason) {
    successes = 0;
    failures++;
    if (!isFailing && settings != null && failures >= settings.failuresMax()) {
      isFailing = true;
      LOG.warn("{} fails its health checks, and others are tried before it: it {}", name, reason);
    }
  }

  // ---- told by real calls

  /** A real call was answered well. */
  void answered() {
    if (outweighedNanos == 0) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (isDown(now)) {
      backSinceNanos = now;
    }
    answeredNanos = now;
  }

  // ---- asked

  /** Whether the checks fail, whatever real calls show. */
  boolean isFailing() {
    return isFailing;
  }

  /** Whether the checks fail, and no real call shows otherwise. */
  boolean isDown() {
    return isDown(nanoTime.getAsLong());
  }

  private boolean isDown(long now) {
    return isFailing && now - answeredNanos >= outweighedNanos;
  }

  /** Whether the checks have failed and passed again since then. */
  boolean hasRecoveredSince(long nanos) {
    return !isFailing && recoveredNanos - nanos > 0;
  }

  /** Of the requests that could go to its targets, how many should while there are others. */
  int sharePercent() {
    long now = nanoTime.getAsLong();
    return isDown(now) ? 0 : SlowStart.percent(now - backSinceNanos, slowStartNanos);
  }

  /** The mean of the checks that passed; 0 before the first. */
  long latencyNanos() {
    return latencyNanos;
  }
}
