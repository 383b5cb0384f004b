package dev.tollgate.archive;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.UsageText;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What can be added up of requests; may be negative, to take back. Money and counts are exact. */
record UsageSums(
    long requests,
    long input,
    long output,
    long cacheCreation,
    long cacheRead,
    long total,
    long list,
    long cost,
    long duration) {
  static final UsageSums NONE = new UsageSums(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** As far as the ledger counts tokens of one request: a sum of many then fits in 64 bits. */
  private static final long TOKENS_MAX = (1L << 53) - 1;

  /** What an event says that charges, as if its request had not been counted before. */
  static UsageSums of(ArchiveEvent event) {
    Usage usage = UsageText.read(event.field("usage"));
    long cacheRead = Math.min(usage.count(Meter.CACHE_READ), TOKENS_MAX);
    long cacheCreation =
        Math.min(usage.count(Meter.CACHE_WRITE_5M), TOKENS_MAX)
            + Math.min(usage.count(Meter.CACHE_WRITE_1H), TOKENS_MAX);
    long input =
        Math.min(
            usage
                .only(
                    meter ->
                        meter == Meter.INPUT
                            || meter == Meter.AUDIO_INPUT
                            || meter == Meter.IMAGE_INPUT)
                .inputTokens(),
            TOKENS_MAX);
    long output = Math.min(usage.outputTokens(), TOKENS_MAX);
    return new UsageSums(
        1,
        input,
        output,
        cacheCreation,
        cacheRead,
        input + output + cacheCreation + cacheRead,
        event.number("list"),
        event.number("cost"),
        Math.max(0, event.number("duration_ms")));
  }

  static UsageSums read(ResultSet row) throws SQLException {
    return new UsageSums(
        row.getLong("requests"),
        row.getLong("input_tokens"),
        row.getLong("output_tokens"),
        row.getLong("cache_creation_tokens"),
        row.getLong("cache_read_tokens"),
        row.getLong("total_tokens"),
        row.getLong("list"),
        row.getLong("cost"),
        row.getLong("duration_ms"));
  }

  /**
   * @throws ArithmeticException when it does not fit in 64 bits
   */
  UsageSums plus(UsageSums more) {
    return new UsageSums(
        Math.addExact(requests, more.requests),
        Math.addExact(input, more.input),
        Math.addExact(output, more.output),
        Math.addExact(cacheCreation, more.cacheCreation),
        Math.addExact(cacheRead, more.cacheRead),
        Math.addExact(total, more.total),
        Math.addExact(list, more.list),
        Math.addExact(cost, more.cost),
        Math.addExact(duration, more.duration));
  }

  UsageSums negated() {
    return new UsageSums(
        -requests, -input, -output, -cacheCreation, -cacheRead, -total, -list, -cost, -duration);
  }

  UsageSums with(long otherRequests, long otherDuration) {
    return new UsageSums(
        otherRequests, input, output, cacheCreation, cacheRead, total, list, cost, otherDuration);
  }

  Columns addTo(Columns rows) {
    return rows.add(requests)
        .add(input)
        .add(output)
        .add(cacheCreation)
        .add(cacheRead)
        .add(total)
        .add(list)
        .add(cost)
        .add(duration);
  }
}
