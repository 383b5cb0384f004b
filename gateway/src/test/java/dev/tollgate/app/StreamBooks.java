package dev.tollgate.app;

import dev.tollgate.archive.Books;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.Meter;
import dev.tollgate.ledger.RedisForTests;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Books without a database: each question is answered from the ledger's own events, as they lie in the
 * streams. Knows settlements, releases and credits; neither parts nor reapers.
 */
final class StreamBooks implements Books, AutoCloseable {
  private @Nullable RedisForTests redis;

  private synchronized RedisForTests redis() {
    if (redis == null) {
      redis = RedisForTests.open();
    }
    return redis;
  }

  @Override
  public synchronized void close() {
    if (redis != null) {
      redis.close();
    }
  }

  // ---- entries

  @Override
  public EntryPage entries(AccountId account, EntryFilter filter, long offset, int limit) {
    List<Entry> all =
        redis().events(account).stream()
            .filter(event -> number(event, "amount") != 0)
            .map(StreamBooks::entry)
            .filter(entry -> filter.kinds().isEmpty() || filter.kinds().contains(entry.kind()))
            .toList();
    return new EntryPage(
        all.reversed().stream().skip(offset).limit(limit).toList(), all.size());
  }

  private static Entry entry(Map<String, String> event) {
    return new Entry(
        text(event, "id"),
        text(event, "kind"),
        number(event, "amount"),
        number(event, "balance_after"),
        text(event, "request"),
        text(event, "key"),
        text(event, "model"),
        text(event, "reference"),
        number(event, "at"));
  }

  // ---- requests

  @Override
  public List<Request> requests(AccountId account, RequestFilter filter, int limit) {
    return requests(() -> redis().events(account)).reversed().stream()
        .filter(it -> isNullOr(filter.key(), key -> it.key().equals(key.value())))
        .filter(it -> isNullOr(filter.model(), it.model()::equals))
        .filter(it -> isNullOr(filter.endpoint(), it.endpoint()::equals))
        .filter(it -> isNullOr(filter.status(), status -> it.status() == status))
        .filter(it -> isNullOr(filter.fromMillis(), from -> it.endedAtMillis() >= from))
        .filter(it -> isNullOr(filter.toMillis(), to -> it.endedAtMillis() < to))
        .filter(it -> isNullOr(filter.before(), before -> it.position() < before))
        .limit(limit)
        .toList();
  }

  private static <T> boolean isNullOr(@Nullable T wanted, Function<T, Boolean> test) {
    return wanted == null || test.apply(wanted);
  }

  private static List<Request> requests(Supplier<List<Map<String, String>>> events) {
    List<Request> requests = new ArrayList<>();
    for (Map<String, String> event : events.get()) {
      if (List.of("settle", "release").contains(text(event, "act"))) {
        requests.add(request(event, requests.size() + 1));
      }
    }
    return requests;
  }

  private static Request request(Map<String, String> event, long position) {
    Map<String, Long> usage = usage(event);
    boolean isSettled = text(event, "act").equals("settle");
    return new Request(
        text(event, "request"),
        position,
        text(event, "key"),
        text(event, "model"),
        text(event, "endpoint"),
        text(event, "provider"),
        isSettled ? "settled" : "released",
        (int) number(event, "status"),
        text(event, "streamed").equals("1"),
        usage.getOrDefault("input", 0L),
        usage.getOrDefault("output", 0L) + usage.getOrDefault("reasoning", 0L),
        usage.getOrDefault("cache_write_5m", 0L) + usage.getOrDefault("cache_write_1h", 0L),
        usage.getOrDefault("cache_read", 0L),
        Stream.of(Meter.values())
            .filter(meter -> meter.kind() == Meter.Kind.TOKEN)
            .mapToLong(meter -> usage.getOrDefault(meter.key(), 0L))
            .sum(),
        number(event, "list"),
        number(event, "cost"),
        text(event, "estimated"),
        number(event, "started_at"),
        number(event, "at"),
        number(event, "duration_ms"),
        isSettled ? number(event, "first_byte_ms") : -1);
  }

  private static Map<String, Long> usage(Map<String, String> event) {
    Map<String, Long> usage = new HashMap<>();
    for (String count : text(event, "usage").split(" ", -1)) {
      int equals = count.indexOf('=');
      if (equals > 0) {
        usage.put(count.substring(0, equals), Long.parseLong(count.substring(equals + 1)));
      }
    }
    return usage;
  }

  // ---- sums

  @Override
  public UsageSum usage(UsageScope scope) {
    return sum(within(scope));
  }

  @Override
  public List<UsageGroup> usageBy(Dimension dimension, UsageScope scope, int limit) {
    Map<String, List<Request>> groups = new LinkedHashMap<>();
    for (Request request : within(scope)) {
      groups.computeIfAbsent(group(dimension, request), absent -> new ArrayList<>()).add(request);
    }
    Comparator<UsageGroup> order =
        dimension == Dimension.DAY
            ? Comparator.comparing(UsageGroup::group)
            : Comparator.<UsageGroup>comparingLong(group -> -group.sum().costNanoUsd())
                .thenComparing(UsageGroup::group);
    return groups.entrySet().stream()
        .map(group -> new UsageGroup(group.getKey(), sum(group.getValue())))
        .sorted(order)
        .limit(limit)
        .toList();
  }

  private static String group(Dimension dimension, Request request) {
    return switch (dimension) {
      case DAY -> day(request).toString();
      case MODEL -> request.model();
      case KEY -> request.key();
      case ENDPOINT -> request.endpoint();
      case PROVIDER -> request.provider();
    };
  }

  @Override
  public UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis) {
    return sum(
        within(new UsageScope(account, key, null, null)).stream()
            .filter(request -> request.endedAtMillis() >= sinceMillis)
            .toList());
  }

  private List<Request> within(UsageScope scope) {
    AccountId account = scope.account();
    return requests(() -> account == null ? redis().allEvents() : redis().events(account)).stream()
        .filter(it -> it.outcome().equals("settled"))
        .filter(it -> isNullOr(scope.key(), key -> it.key().equals(key.value())))
        .filter(it -> isNullOr(scope.from(), from -> !day(it).isBefore(from)))
        .filter(it -> isNullOr(scope.to(), to -> !day(it).isAfter(to)))
        .toList();
  }

  private static LocalDate day(Request request) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(request.endedAtMillis()), ZoneOffset.UTC);
  }

  private static UsageSum sum(List<Request> requests) {
    long[] sums = new long[8];
    for (Request it : requests) {
      sums[0] += it.inputTokens();
      sums[1] += it.outputTokens();
      sums[2] += it.cacheCreationTokens();
      sums[3] += it.cacheReadTokens();
      sums[4] += it.totalTokens();
      sums[5] += it.listNanoUsd();
      sums[6] += it.costNanoUsd();
      sums[7] += it.durationMillis();
    }
    return new UsageSum(
        requests.size(), sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]);
  }

  private static String text(Map<String, String> event, String field) {
    return event.getOrDefault(field, "");
  }

  private static long number(Map<String, String> event, String field) {
    String text = text(event, field);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }
}
