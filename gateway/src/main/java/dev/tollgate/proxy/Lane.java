package dev.tollgate.proxy;

import dev.tollgate.auth.Authenticator;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.metering.TokenEstimator;
import dev.tollgate.upstream.Targets;
import dev.tollgate.upstream.Upstream;
import io.netty.channel.EventLoop;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * All that an exchange needs, bound to one event loop. Exchanges live and die in their lane; lanes
 * share nothing that needs a lock.
 */
public final class Lane {
  private final EventLoop eventLoop;
  private final Authenticator authenticator;
  private final Upstream upstream;
  private final Supplier<Catalog> catalog;
  private final InstantSource clock;
  private final ExchangeListener listener;
  private final Ledger ledger;
  private final Charging charging;
  private final Renewals renewals;
  private final BodyMemory bodyMemory = new BodyMemory();
  private final UsageRefusals usageRefusals = new UsageRefusals(System::nanoTime);
  private final Targets targets;
  private final RandomGenerator random;
  private final AtomicInteger exchanges = new AtomicInteger();
  private int drains;

  /**
   * @param ledger sees to it that what is settled or released is so in the end, though a stage
   *     fails
   * @param catalog read once at the start of each exchange
   * @param targets shared by all lanes
   * @param random for this lane alone
   */
  public Lane(
      EventLoop eventLoop,
      Authenticator authenticator,
      Ledger ledger,
      Upstream upstream,
      TokenEstimator estimator,
      Supplier<Catalog> catalog,
      InstantSource clock,
      ExchangeListener listener,
      Targets targets,
      RandomGenerator random) {
    this.eventLoop = eventLoop;
    this.authenticator = authenticator;
    this.upstream = upstream;
    this.catalog = catalog;
    this.clock = clock;
    this.listener = listener;
    this.ledger = ledger;
    this.targets = targets;
    this.random = random;
    this.charging = new Charging(estimator, eventLoop);
    this.renewals = new Renewals(eventLoop, System::nanoTime);
  }

  /** Exchanges that have not ended, their clients being there or not. Readable from any thread. */
  public int exchanges() {
    return exchanges.get();
  }

  void exchangeBegun() {
    exchanges.incrementAndGet();
  }

  void exchangeEnded() {
    exchanges.decrementAndGet();
  }

  public EventLoop eventLoop() {
    return eventLoop;
  }

  Authenticator authenticator() {
    return authenticator;
  }

  public Upstream upstream() {
    return upstream;
  }

  public Catalog catalog() {
    return catalog.get();
  }

  public InstantSource clock() {
    return clock;
  }

  public ExchangeListener listener() {
    return listener;
  }

  public Ledger ledger() {
    return ledger;
  }

  public Charging charging() {
    return charging;
  }

  Targets targets() {
    return targets;
  }

  RandomGenerator random() {
    return random;
  }

  Renewals renewals() {
    return renewals;
  }

  BodyMemory bodyMemory() {
    return bodyMemory;
  }

  UsageRefusals usageRefusals() {
    return usageRefusals;
  }

  /** Whether one more answer may be read to its end for a client that hung up. */
  boolean startDrain(int drainsMax) {
    if (drains >= drainsMax) {
      return false;
    }
    drains++;
    return true;
  }

  void endDrain() {
    drains--;
  }
}
