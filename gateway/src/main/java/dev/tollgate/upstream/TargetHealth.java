package dev.tollgate.upstream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import io.github.resilience4j.core.IntervalFunction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one target does, from what its calls tell: whether it may be called, which share of what
 * could go to it should, and how long it takes to answer. A circuit breaker leaves it alone for a
 * while when too many calls fail, and then tries it with a few of them. Shared by all lanes;
 * thread-safe, and no thread ever waits for another in here.
 *
 * <p>Whoever has {@link #tryEnter entered} says once how it went: {@link #succeeded}, {@link
 * #failed} or {@link #left}.
 */
public final class TargetHealth {
  /** As customers and operators are told. */
  public enum State {
    OK,
    /** Some of its calls fail, it asks for time, or it is just coming back. */
    DEGRADED,
    /** It is left alone. */
    DOWN
  }

  private static final Logger LOG = LoggerFactory.getLogger(TargetHealth.class);

  /** Of what could go to it, right after it has come back. */
  private static final int SHARE_PERCENT_MIN = 10;

  private static final int DEGRADED_FAILURES_PERCENT = 10;

  /** One answer counts for so much of the mean, in its reciprocal. */
  private static final int LATENCY_WEIGHT = 8;

  private final TargetName name;
  private final BreakerSettings settings;
  private final LongSupplier nanoTime;
  private final CircuitBreaker breaker;
  private final AtomicLong latencyNanos = new AtomicLong();
  private volatile long openUntilNanos;
  private volatile long triedSinceNanos;
  private volatile long backSinceNanos;
  private volatile long restsUntilNanos;

  /** The breaker wants an exception; nobody wants its trace. */
  private static final class CallFailed extends Exception {
    private static final long serialVersionUID = 1;

    CallFailed() {
      super("a call failed", null, false, false);
    }
  }

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  TargetHealth(TargetName name, BreakerSettings settings, LongSupplier nanoTime) {
    this.name = name;
    this.settings = settings;
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    this.backSinceNanos = now - nanos(settings.slowStartMillis());
    this.restsUntilNanos = now;
    this.breaker = CircuitBreaker.of(name.toString(), breakerConfig());
    breaker.getEventPublisher().onStateTransition(this::onTransition);
  }

  private CircuitBreakerConfig breakerConfig() {
    IntervalFunction rests =
        IntervalFunction.ofExponentialBackoff(settings.restMillis(), 2, settings.restMillisMax());
    return CircuitBreakerConfig.custom()
        .slidingWindow(
            settings.windowCalls(),
            settings.callsMin(),
            SlidingWindowType.COUNT_BASED,
            SlidingWindowSynchronizationStrategy.LOCK_FREE)
        .failureRateThreshold(settings.failuresPercent())
        .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
        .waitIntervalFunctionInOpenState(opened -> rest(rests.apply(opened)))
        .clock(new NanoTimeClock(nanoTime))
        .currentTimestampFunction(clock -> nanoTime.getAsLong(), TimeUnit.NANOSECONDS)
        .build();
  }

  private long rest(long millis) {
    openUntilNanos = nanoTime.getAsLong() + nanos(millis);
    return millis;
  }

  private void onTransition(CircuitBreakerOnStateTransitionEvent event) {
    switch (event.getStateTransition().getToState()) {
      case OPEN -> LOG.warn("{} fails too often: it is left alone for {} ms", name, restMillis());
      case HALF_OPEN -> triedSinceNanos = nanoTime.getAsLong();
      case CLOSED -> {
        backSinceNanos = nanoTime.getAsLong();
        LOG.info("{} answers again", name);
      }
      case DISABLED, FORCED_OPEN, METRICS_ONLY -> {}
    }
  }

  public TargetName name() {
    return name;
  }

  /** Whether a call may be made at this moment, as far as can be told without making it. */
  public boolean mayEnter() {
    return switch (breaker.getState()) {
      case OPEN -> restMillis() == 0;
      case HALF_OPEN -> isTrialOpen() || isTrialOver();
      default -> true;
    };
  }

  private boolean isTrialOpen() {
    return breaker.getMetrics().getNumberOfBufferedCalls() < settings.trialCalls();
  }

  private boolean isTrialOver() {
    return nanoTime.getAsLong() - triedSinceNanos > nanos(settings.trialMillisMax());
  }

  /** Takes the place of one call, if there is one; it must be given back by its outcome. */
  public boolean tryEnter() {
    if (breaker.getState() == CircuitBreaker.State.HALF_OPEN && isTrialOver()) {
      // The trials hang, and nothing would let others in.
      breaker.transitionToOpenState();
    }
    return breaker.tryAcquirePermission();
  }

  /**
   * @param latency until the answer's head
   */
  public void succeeded(long latency) {
    breaker.onSuccess(latency, TimeUnit.NANOSECONDS);
    latencyNanos.updateAndGet(
        mean -> mean == 0 ? latency : mean + (latency - mean) / LATENCY_WEIGHT);
  }

  public void failed(long nanos) {
    breaker.onError(nanos, TimeUnit.NANOSECONDS, new CallFailed());
  }

  /** The call says nothing of the target: it was not made, or its client is gone. */
  public void left() {
    breaker.releasePermission();
  }

  /** It asked for time. Until then others are preferred to it. */
  public void restFor(long millis) {
    restsUntilNanos = nanoTime.getAsLong() + nanos(Math.min(millis, settings.restMillisMax()));
  }

  /** Of the requests that could go to it, how many should while there are other targets. */
  public int sharePercent() {
    long now = nanoTime.getAsLong();
    if (!mayEnter() || restsUntilNanos - now > 0) {
      return 0;
    }
    long slowStart = nanos(settings.slowStartMillis());
    long back = now - backSinceNanos;
    return back >= slowStart
        ? 100
        : (int) (SHARE_PERCENT_MIN + (100 - SHARE_PERCENT_MIN) * back / slowStart);
  }

  /** For how long it is still left alone; 0 when it may be tried. */
  public long restMillis() {
    long left = openUntilNanos - nanoTime.getAsLong();
    // The breaker lets nobody in at the very moment.
    return breaker.getState() != CircuitBreaker.State.OPEN || left < 0
        ? 0
        : Math.max(1, Math.ceilDiv(left, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  public State state() {
    return switch (breaker.getState()) {
      case OPEN -> State.DOWN;
      case HALF_OPEN -> State.DEGRADED;
      default -> {
        boolean fails = breaker.getMetrics().getFailureRate() >= DEGRADED_FAILURES_PERCENT;
        yield fails || sharePercent() < 100 ? State.DEGRADED : State.OK;
      }
    };
  }

  /** Until the head of an answer, the latest counting most; -1 before the first. */
  public long latencyMillis() {
    long mean = latencyNanos.get();
    return mean == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(mean);
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
