package dev.tollgate.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How all targets do, for all lanes of a gateway. Gateways know nothing of each other: each finds
 * out for itself. Of one that has not been asked about for long, or when there are too many, it
 * forgets what it knew. Thread-safe.
 */
public final class Targets {
  private static final long TARGETS_MAX = 10_000;
  private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

  private final BreakerSettings settings;
  private final LongSupplier nanoTime;
  private final Cache<TargetName, TargetHealth> known =
      Caffeine.newBuilder().maximumSize(TARGETS_MAX).expireAfterAccess(FORGOTTEN_AFTER).build();

  /** As many as have ever been configured. */
  private final Map<String, ProviderHealth> providers = new ConcurrentHashMap<>();

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Targets(BreakerSettings settings, LongSupplier nanoTime) {
    this.settings = settings;
    this.nanoTime = nanoTime;
  }

  public TargetHealth of(TargetName name) {
    return known.get(name, it -> new TargetHealth(it, provider(it.provider()), settings, nanoTime));
  }

  /** What a provider's health checks say, for all of its targets. */
  public ProviderHealth provider(String name) {
    return providers.computeIfAbsent(name, it -> new ProviderHealth(it, settings, nanoTime));
  }
}
