package dev.tollgate.checks;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.ProviderHealth;
import dev.tollgate.upstream.Upstream;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The checks of one provider, one after the other, at intervals that are drawn anew each time, so
 * that several gateways do not ask in step. Confined to its event loop.
 */
final class RepeatedCheck implements HealthCheck.Ending {
  /** An interval is drawn from three quarters of what is configured to five quarters. */
  private static final int JITTER_PARTS = 4;

  private final EventLoop loop;
  private final Upstream upstream;
  private final Provider provider;
  private final HealthCheckSettings settings;
  private final Dialect dialect;
  private final ProviderHealth health;
  private final CheckListener listener;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private @Nullable ScheduledFuture<?> next;
  private @Nullable HealthCheck underWay;
  private long begunNanos;
  private boolean isEnded;

  RepeatedCheck(
      EventLoop loop,
      Upstream upstream,
      Provider provider,
      HealthCheckSettings settings,
      Dialect dialect,
      ProviderHealth health,
      CheckListener listener,
      RandomGenerator random,
      LongSupplier nanoTime) {
    this.loop = loop;
    this.upstream = upstream;
    this.provider = provider;
    this.settings = settings;
    this.dialect = dialect;
    this.health = health;
    this.listener = listener;
    this.random = random;
    this.nanoTime = nanoTime;
  }

  /** The first check comes at any moment within an interval. */
  void start() {
    health.checksBegin(settings);
    beginIn(random.nextLong(settings.intervalMillis()));
  }

  Provider provider() {
    return provider;
  }

  /** What is under way is given up, and what was known of the provider by checks forgotten. */
  void end() {
    isEnded = true;
    if (next != null) {
      next.cancel(false);
    }
    if (underWay != null) {
      underWay.cancel();
    }
    health.checksEnd();
  }

  private void beginIn(long millis) {
    next = loop.schedule(this::begin, millis, TimeUnit.MILLISECONDS);
  }

  private void begin() {
    if (!isEnded) {
      begunNanos = nanoTime.getAsLong();
      underWay = HealthCheck.begin(upstream, provider, settings, dialect, nanoTime, this);
    }
  }

  @Override
  public void passed(long latencyNanos) {
    health.checkPassed(latencyNanos);
    ended(CheckOutcome.PASSED);
  }

  @Override
  public void failed(String reason) {
    health.checkFailed(reason);
    ended(CheckOutcome.FAILED);
  }

  @Override
  public void untold() {
    ended(CheckOutcome.UNTOLD);
  }

  private void ended(CheckOutcome outcome) {
    underWay = null;
    listener.onChecked(provider.settings().name(), outcome);
    long took = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - begunNanos);
    beginIn(Math.max(0, drawnInterval() - took));
  }

  private long drawnInterval() {
    long part = settings.intervalMillis() / JITTER_PARTS;
    return settings.intervalMillis() - part + random.nextLong(2 * part + 1);
  }
}
