package dev.tollgate.proxy;

import dev.tollgate.ledger.RateLimits;
import dev.tollgate.ledger.RateLimits.RateLimit;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** {@code x-ratelimit-…} as OpenAI has them, where a budget of a minute applies. */
final class RateLimitHeaders {
  private RateLimitHeaders() {}

  static void set(HttpHeaders headers, RateLimits limits) {
    set(headers, "requests", limits.requests());
    set(headers, "tokens", limits.tokens());
  }

  private static void set(HttpHeaders headers, String unit, @Nullable RateLimit limit) {
    if (limit != null) {
      headers.set("x-ratelimit-limit-" + unit, Long.toString(limit.limit()));
      headers.set("x-ratelimit-remaining-" + unit, Long.toString(limit.remaining()));
      headers.set("x-ratelimit-reset-" + unit, duration(limit.resetMillis()));
    }
  }

  /** {@code 250ms}, {@code 1s}, {@code 6m0s}; from a second on, whole seconds, rounded up. */
  static String duration(long millis) {
    if (millis <= 0) {
      return "0s";
    } else if (millis < 1_000) {
      return millis + "ms";
    }
    long seconds = Math.ceilDiv(millis, 1_000L);
    return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
  }
}
