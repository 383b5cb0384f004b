package dev.tollgate.account;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.UsageGroup;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.archive.Books.UsageSum;
import dev.tollgate.domain.KeyRef;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/**
 * What one key has used.
 *
 * @param today since midnight UTC
 * @param total since the key was made
 * @param recent in the last {@link #RECENT_MINUTES} minutes
 * @param models over the days that were asked for, the dearest first
 */
public record KeyUsage(UsageSum today, UsageSum total, UsageSum recent, List<UsageGroup> models) {
  public static final int RECENT_MINUTES = 5;

  /** More are not listed. */
  public static final int MODELS_MAX = 1_000;

  private static final long RECENT_MILLIS = RECENT_MINUTES * 60_000L;

  /** Blocks, as the books do. */
  static KeyUsage of(Books books, KeyRef key, Days days, Instant now) {
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    return new KeyUsage(
        books.usage(new UsageScope(key.account(), key.key(), today, today)),
        books.usage(new UsageScope(key.account(), key.key(), null, null)),
        books.recentUsage(key.account(), key.key(), now.toEpochMilli() - RECENT_MILLIS),
        books.usageBy(
            Dimension.MODEL,
            new UsageScope(key.account(), key.key(), days.from(), days.to()),
            MODELS_MAX));
  }

  /** Of all requests; 0 without any. */
  public long averageDurationMillis() {
    return total.requests() == 0
        ? 0
        : Math.floorDiv(total.durationMillis() + total.requests() / 2, total.requests());
  }

  /** The mean of the last minutes. */
  public BigDecimal requestsPerMinute() {
    return perMinute(recent.requests());
  }

  /** The mean of the last minutes. */
  public BigDecimal tokensPerMinute() {
    return perMinute(recent.totalTokens());
  }

  private static BigDecimal perMinute(long count) {
    BigDecimal mean =
        BigDecimal.valueOf(count).divide(BigDecimal.valueOf(RECENT_MINUTES)).stripTrailingZeros();
    return mean.scale() < 0 ? mean.setScale(0) : mean;
  }
}
