package dev.tollgate.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.tollgate.domain.KeyRef;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who owns the keys that were looked up lately, by SHA-256; one for all event loops. Only what was
 * found is remembered: a key that is made works at once. What a key may do is not remembered at
 * all, so a revoked one need not be forgotten.
 */
public final class KnownKeys {
  private final Cache<String, KeyRef> owners;

  public KnownKeys(AuthSettings settings) {
    this(settings, Ticker.systemTicker());
  }

  KnownKeys(AuthSettings settings, Ticker ticker) {
    this.owners =
        Caffeine.newBuilder()
            .maximumSize(settings.cachedKeysMax())
            .expireAfterWrite(settings.cachedKeyMillisMax(), TimeUnit.MILLISECONDS)
            .ticker(ticker)
            .executor(Runnable::run) // its housekeeping is short, and event loops start no threads
            .build();
  }

  @Nullable KeyRef owner(String sha256Hex) {
    return owners.getIfPresent(sha256Hex);
  }

  void remember(String sha256Hex, KeyRef owner) {
    owners.put(sha256Hex, owner);
  }
}
