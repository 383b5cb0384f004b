package dev.tollgate.upstream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * One call of a target, from {@link TargetHealth#tryEnter}: says once how it went, and what is said
 * after that counts no more. What the target's breaker has concluded meanwhile stands: a call that
 * began before it opened is none of the trials after, nor does it give one of them back. Confined
 * to the event loop of its call.
 */
public final class TargetVisit {
  private final TargetHealth health;

  /** Of the breaker's state at its beginning: each state after a rest has one of its own. */
  private final CircuitBreaker.Metrics began;

  private boolean isTold;

  TargetVisit(TargetHealth health, CircuitBreaker.Metrics began) {
    this.health = health;
    this.began = began;
  }

  /**
   * @param latency until the answer's head
   */
  public void succeeded(long latency) {
    if (tells()) {
      health.succeeded(began, latency);
    }
  }

  public void failed(long nanos) {
    if (tells()) {
      health.failed(began, nanos);
    }
  }

  /** The call says nothing of the target: it was not made, or its client is gone. */
  public void left() {
    if (tells()) {
      health.left(began);
    }
  }

  /** It had begun to answer, which has been told, and broke off: told beside it. */
  public void brokeOff(long nanos) {
    isTold = true;
    health.failed(began, nanos);
  }

  private boolean tells() {
    boolean isFirst = !isTold;
    isTold = true;
    return isFirst;
  }
}
