package dev.tollgate.proxy;

import dev.tollgate.upstream.CallBounds;
import dev.tollgate.upstream.TargetName;

/**
 * Where a request may go.
 *
 * @param provider who serves it
 * @param model the name under which it knows the model; empty where requests name none
 * @param weight by which it is drawn among others with one; 0 for one that comes in its turn
 * @param bounds in which it has to answer
 */
public record Route(Provider provider, String model, int weight, CallBounds bounds) {
  /** Within the provider's own bounds, in its turn. */
  public Route(Provider provider, String model) {
    this(provider, model, 0, provider.settings().bounds());
  }

  boolean isWeighted() {
    return weight > 0;
  }

  /** What it is called by where it is told how it does. */
  TargetName target() {
    return new TargetName(provider.settings().name(), model);
  }
}
