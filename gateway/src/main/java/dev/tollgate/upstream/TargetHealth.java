package dev.tollgate.upstream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import io.github.resilience4j.core.IntervalFunction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one target does, from what its calls tell: whether it may be called, which share of what
 * could go to it should, and how long it takes to answer. A circuit breaker leaves it alone for a
 * while when too many calls fail, and then tries it with a few of them. What its provider's health
 * checks say is taken into account. Shared by all lanes; thread-safe, and no thread ever waits long
 * for another in here.
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

  private static final int DEGRADED_FAILURES_PERCENT = 10;

  /** After so long without an answer of its own, what the checks have observed says more. */
  private static final long LATENCY_HOLDS_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final TargetName name;
  private final ProviderHealth provider;
  private final BreakerSettings settings;
  private final LongSupplier nanoTime;
  private final CircuitBreaker breaker;
  private final AtomicLong latencyNanos = new AtomicLong();

  private final AtomicReference<@Nullable Trials> trials = new AtomicReference<>();

  /** When its trials began; whoever puts it forward ends them, or begins them early. */
  private final AtomicLong triedSinceNanos = new AtomicLong();

  private volatile long openedNanos;
  private volatile long openUntilNanos;
  private volatile long backSinceNanos;
  private volatile long restsUntilNanos;
  private volatile long answeredNanos;

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
  TargetHealth(
      TargetName name, ProviderHealth provider, BreakerSettings settings, LongSupplier nanoTime) {
    this.name = name;
    this.provider = provider;
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
    long now = nanoTime.getAsLong();
    openedNanos = now;
    openUntilNanos = now + nanos(millis);
    return millis;
  }

  /** Of what is new: trials that fail, again and again, are not. */
  private void onTransition(CircuitBreakerOnStateTransitionEvent event) {
    switch (event.getStateTransition()) {
      case CLOSED_TO_OPEN ->
          LOG.warn("{} fails too often: it is left alone for {} ms", name, restMillis());
      case HALF_OPEN_TO_CLOSED -> {
        backSinceNanos = nanoTime.getAsLong();
        LOG.info("{} answers again", name);
      }
      default -> {}
    }
  }

  public TargetName name() {
    return name;
  }

  /** Whether a call may be made at this moment, as far as can be told without making it. */
  public boolean mayEnter() {
    return switch (breaker.getState()) {
      case OPEN -> restMillis() == 0;
      case HALF_OPEN -> trialsOf(breaker.getMetrics()).isPlaceLeft() || isTrialOver();
      default -> true;
    };
  }

  /**
   * The trials after one rest: how many of their places are taken, which the breaker does not tell.
   *
   * @param of the breaker's state at the time
   */
  private record Trials(CircuitBreaker.Metrics of, AtomicInteger taken, int places) {
    boolean isPlaceLeft() {
      return taken.get() < places;
    }
  }

  private Trials trialsOf(CircuitBreaker.Metrics state) {
    Trials known = trials.get();
    while (known == null || !isSame(known.of, state)) {
      Trials fresh = new Trials(state, new AtomicInteger(), settings.trialCalls());
      known = trials.compareAndSet(known, fresh) ? fresh : trials.get();
    }
    return known;
  }

  private boolean isTrialOver() {
    return isTrialOver(triedSinceNanos.get());
  }

  private boolean isTrialOver(long since) {
    return nanoTime.getAsLong() - since > nanos(settings.trialMillisMax());
  }

  /**
   * Takes the place of one call, if there is one.
   *
   * @return null where there is none; else it must be told how the call went
   */
  public @Nullable TargetVisit tryEnter() {
    long since = triedSinceNanos.get();
    long now = nanoTime.getAsLong();
    switch (breaker.getState()) {
      case OPEN -> {
        // Before anybody can see that the trials have begun: they would seem to be over.
        boolean isMine = triedSinceNanos.compareAndSet(since, now);
        if (isMine && provider.hasRecoveredSince(openedNanos)) {
          breaker.transitionToHalfOpenState();
        }
      }
      case HALF_OPEN -> {
        // When the trials hang, nothing else would let others in.
        if (isTrialOver(since) && triedSinceNanos.compareAndSet(since, now)) {
          breaker.transitionToOpenState();
        }
      }
      default -> {}
    }
    if (!breaker.tryAcquirePermission()) {
      return null;
    }
    CircuitBreaker.Metrics began = breaker.getMetrics();
    if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
      trialsOf(began).taken.incrementAndGet();
    }
    return new TargetVisit(this, began);
  }

  void succeeded(CircuitBreaker.Metrics began, long latency) {
    if (isOfNow(began)) {
      breaker.onSuccess(latency, TimeUnit.NANOSECONDS);
    }
    latencyNanos.updateAndGet(mean -> Latency.mean(mean, latency));
    answeredNanos = nanoTime.getAsLong();
    provider.answered();
  }

  void failed(CircuitBreaker.Metrics began, long nanos) {
    if (isOfNow(began)) {
      breaker.onError(nanos, TimeUnit.NANOSECONDS, new CallFailed());
    }
  }

  void left(CircuitBreaker.Metrics began) {
    if (isOfNow(began)) {
      breaker.releasePermission();
      if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
        trialsOf(began).taken.decrementAndGet();
      }
    }
  }

  private boolean isOfNow(CircuitBreaker.Metrics began) {
    return isSame(breaker.getMetrics(), began);
  }

  @SuppressWarnings("ReferenceEquality") // each state has an object of its own
  private static boolean isSame(CircuitBreaker.Metrics one, CircuitBreaker.Metrics other) {
    return one == other;
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
    int own = SlowStart.percent(now - backSinceNanos, nanos(settings.slowStartMillis()));
    return Math.min(own, provider.sharePercent());
  }

  /** For how long it is still left alone; 0 when it may be tried. */
  public long restMillis() {
    long left = openUntilNanos - nanoTime.getAsLong();
    // The breaker lets nobody in at the very moment.
    return breaker.getState() != CircuitBreaker.State.OPEN
            || left < 0
            || provider.hasRecoveredSince(openedNanos)
        ? 0
        : Math.max(1, Math.ceilDiv(left, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  public State state() {
    CircuitBreaker.State its = breaker.getState();
    boolean isLeftAlone =
        its == CircuitBreaker.State.OPEN && !provider.hasRecoveredSince(openedNanos);
    if (isLeftAlone || provider.isDown()) {
      return State.DOWN;
    }
    boolean isTried = its == CircuitBreaker.State.OPEN || its == CircuitBreaker.State.HALF_OPEN;
    boolean fails = breaker.getMetrics().getFailureRate() >= DEGRADED_FAILURES_PERCENT;
    return isTried || fails || provider.isFailing() || sharePercent() < 100
        ? State.DEGRADED
        : State.OK;
  }

  /**
   * Until the head of an answer, the latest counting most; that of the provider's checks where this
   * target has not answered for long. -1 where nothing is known.
   */
  public long latencyMillis() {
    long own = latencyNanos.get();
    long checks = provider.latencyNanos();
    boolean holds = own != 0 && nanoTime.getAsLong() - answeredNanos < LATENCY_HOLDS_NANOS;
    long told = holds || checks == 0 ? own : checks;
    return told == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(told);
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
