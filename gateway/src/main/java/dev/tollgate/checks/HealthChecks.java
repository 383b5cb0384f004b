package dev.tollgate.checks;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.Provider;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.Targets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The health checks of all providers that are to have some, as the configuration says at the
 * moment. One lane of a gateway makes them, through the connections that its requests take; what
 * they tell, all lanes are told. Confined to the lane's event loop, but for {@link
 * #configChanged()} and {@link #close()}.
 */
public final class HealthChecks implements AutoCloseable {
  private final Lane lane;
  private final Dialects dialects;
  private final Targets targets;
  private final CheckListener listener;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final Map<String, RepeatedCheck> running = new HashMap<>();
  private boolean isClosed;

  private HealthChecks(
      Lane lane,
      Dialects dialects,
      Targets targets,
      CheckListener listener,
      RandomGenerator random,
      LongSupplier nanoTime) {
    this.lane = lane;
    this.dialects = dialects;
    this.targets = targets;
    this.listener = listener;
    this.random = random;
    this.nanoTime = nanoTime;
  }

  /**
   * @param lane that makes them
   * @param targets told of what they say
   * @param random for these checks alone
   * @param nanoTime as {@link System#nanoTime()}
   */
  public static HealthChecks start(
      Lane lane,
      Dialects dialects,
      Targets targets,
      CheckListener listener,
      RandomGenerator random,
      LongSupplier nanoTime) {
    HealthChecks checks = new HealthChecks(lane, dialects, targets, listener, random, nanoTime);
    checks.configChanged();
    return checks;
  }

  /** Begins and ends checks, soon: those whose provider stays as it is go on. From any thread. */
  public void configChanged() {
    lane.eventLoop().execute(this::adopt);
  }

  private void adopt() {
    if (isClosed) {
      return;
    }
    Map<String, Provider> wanted = new HashMap<>(lane.catalog().providers());
    wanted.values().removeIf(provider -> provider.healthCheck() == null);
    running
        .values()
        .removeIf(
            check -> {
              String name = check.provider().settings().name();
              boolean stays = check.provider().equals(wanted.get(name));
              if (!stays) {
                check.end();
              }
              return !stays;
            });
    wanted.forEach((name, provider) -> running.computeIfAbsent(name, it -> started(provider)));
  }

  private RepeatedCheck started(Provider provider) {
    HealthCheckSettings settings = provider.healthCheck();
    if (settings == null) {
      throw new IllegalArgumentException(provider.settings() + " is not to be checked");
    }
    Dialect dialect = dialects.named(provider.settings().dialect()).orElseThrow();
    RepeatedCheck check =
        new RepeatedCheck(
            lane.eventLoop(),
            lane.upstream(),
            provider,
            settings,
            dialect,
            targets.provider(provider.settings().name()),
            listener,
            random,
            nanoTime);
    check.start();
    return check;
  }

  /** Ends them all, soon; what is under way is given up. Idempotent. */
  @Override
  public void close() {
    lane.eventLoop()
        .execute(
            () -> {
              isClosed = true;
              running.values().forEach(RepeatedCheck::end);
              running.clear();
            });
  }
}
