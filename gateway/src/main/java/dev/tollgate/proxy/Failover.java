package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import dev.tollgate.upstream.TargetHealth;
import dev.tollgate.upstream.TargetVisit;
import dev.tollgate.upstream.Targets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the plan of one exchange, try by try, until one answers: only before the first byte
 * has gone to the client, within a time, and past targets that are left alone. Notes each try, and
 * tells the target's health of it. Confined to one event loop.
 */
final class Failover {
  /**
   * What to do next.
   *
   * @param waitMillis before it
   */
  record Try(Route route, long waitMillis) {}

  private final Targets targets;
  private final long retryMillisMax;
  private final boolean isRepeatable;
  private final LongSupplier nanoTime;
  private final long startedNanos;
  private final StringBuilder attempts = new StringBuilder();
  private AttemptPlan plan;

  /** When each route that has failed did so last; most exchanges need no map for it. */
  private Map<Route, Long> endedNanos = Map.of();

  private @Nullable TargetVisit visit;
  private long enteredNanos;

  /** When what is noted next began. */
  private long sentNanos;

  /**
   * @param isRepeatable whether it does no harm should a provider see the request twice
   * @param nanoTime as {@link System#nanoTime()}
   */
  Failover(
      AttemptPlan plan,
      Targets targets,
      RetrySettings settings,
      boolean isRepeatable,
      LongSupplier nanoTime) {
    this.plan = plan;
    this.targets = targets;
    this.retryMillisMax = settings.retryMillisMax();
    this.isRepeatable = isRepeatable;
    this.nanoTime = nanoTime;
    this.startedNanos = nanoTime.getAsLong();
  }

  /** Whether it does no harm should a provider see the request twice. */
  boolean isRepeatable() {
    return isRepeatable;
  }

  /** The next try; null when none is left that may still be made. */
  @Nullable Try next() {
    long now = nanoTime.getAsLong();
    while (!plan.isEmpty()) {
      AttemptPlan.Step step = plan.first();
      if (isDue(step, now) && healthOf(step.route()).mayEnter()) {
        return new Try(step.route(), waitMillis(step, now));
      }
      plan = plan.withoutFirst();
    }
    return null;
  }

  /**
   * Begins the try that is next, once it has been waited for.
   *
   * @return whether its target still takes it; if not, another is next
   */
  boolean enter() {
    TargetHealth health = healthOf(plan.first().route());
    plan = plan.withoutFirst();
    visit = health.tryEnter();
    enteredNanos = nanoTime.getAsLong();
    sentNanos = enteredNanos;
    return visit != null;
  }

  /** Whether there would be another try, should the one under way end like this. */
  private boolean mayFollow(Route route, Outcome outcome) {
    long now = nanoTime.getAsLong();
    for (AttemptPlan.Step step : plan.after(route, outcome, isRepeatable).steps()) {
      boolean isSame = step.route().equals(route);
      long wait = isSame ? step.pauseMillis() : waitMillis(step, now);
      if (isWithin(now, wait) && healthOf(step.route()).mayEnter()) {
        return true;
      }
    }
    return false;
  }

  /** For the try under way, of that route. */
  Relay.Tries tries(Route route) {
    return new Relay.Tries() {
      @Override
      public boolean mayFollow(Outcome outcome) {
        return Failover.this.mayFollow(route, outcome);
      }

      @Override
      public void resent() {
        note(route, "resent");
      }

      @Override
      public void answering() {
        answered();
      }
    };
  }

  /** The try under way ended like this, and nothing of it went to the client. */
  void failed(Route route, Outcome outcome) {
    if (endedNanos.isEmpty()) {
      endedNanos = new HashMap<>();
    }
    endedNanos.put(route, nanoTime.getAsLong());
    plan = plan.after(route, outcome, isRepeatable);
    if (outcome.retryAfterMillis() > 0) {
      healthOf(route).restFor(outcome.retryAfterMillis());
    }
    if (outcome.kind() == Outcome.Kind.CROWDED) {
      left();
    } else if (outcome.isFailure()) {
      failed();
    } else {
      answered();
    }
  }

  // ---- how the target did; each tells of the try under way, once

  /** It answers. */
  void answered() {
    if (visit != null) {
      visit.succeeded(nanoTime.getAsLong() - enteredNanos);
    }
  }

  /** It has answered all of it, if only with an error. */
  void served(boolean isError) {
    if (isError) {
      failed();
    } else {
      answered();
    }
  }

  private void failed() {
    if (visit != null) {
      visit.failed(nanoTime.getAsLong() - enteredNanos);
    }
  }

  /** Nobody waits for it any more, and nothing can be said of the target. */
  void left() {
    if (visit != null) {
      visit.left();
    }
  }

  /** It had begun to answer, and broke off: told beside its answering. */
  void brokeOff() {
    if (visit != null) {
      visit.brokeOff(nanoTime.getAsLong() - enteredNanos);
    }
  }

  /** Its answer was passed on, with that status. */
  void passedOn(Route route, Outcome outcome) {
    if (outcome.retryAfterMillis() > 0) {
      healthOf(route).restFor(outcome.retryAfterMillis());
    }
    if (Outcome.isWorthAnother(outcome.status()) && outcome.isFailure()) {
      failed();
    } else {
      answered();
    }
  }

  // ---- what is told of it

  /** Why nothing was tried: all of these are left alone. */
  Refusal refusalUntried(List<Route> routes) {
    long millis = Long.MAX_VALUE;
    for (Route route : routes) {
      millis = Math.min(millis, healthOf(route).restMillis());
    }
    return new Refusal.UpstreamError(
        "Whoever serves this has failed too often, and is left alone for a while.",
        Math.max(1, Math.ceilDiv(millis, 1_000L)));
  }

  /** How what was sent to that route ended, and that it took from its sending until now. */
  void note(Route route, String outcome) {
    long now = nanoTime.getAsLong();
    attempts.append(attempts.isEmpty() ? "" : " ").append(route.provider().settings().name());
    attempts.append(':').append(outcome).append(':');
    attempts.append(TimeUnit.NANOSECONDS.toMillis(now - sentNanos));
    sentNanos = now;
  }

  /** Every try in order, as {@code provider:outcome:millis}, separated by spaces. */
  String attempts() {
    return attempts.toString();
  }

  private TargetHealth healthOf(Route route) {
    return targets.of(route.target());
  }

  private boolean isDue(AttemptPlan.Step step, long now) {
    return endedNanos.isEmpty() || isWithin(now, waitMillis(step, now));
  }

  private boolean isWithin(long now, long waitMillis) {
    return TimeUnit.NANOSECONDS.toMillis(now - startedNanos) + waitMillis <= retryMillisMax;
  }

  private long waitMillis(AttemptPlan.Step step, long now) {
    Long ended = endedNanos.get(step.route());
    return ended == null
        ? 0
        : Math.max(0, step.pauseMillis() - TimeUnit.NANOSECONDS.toMillis(now - ended));
  }
}
