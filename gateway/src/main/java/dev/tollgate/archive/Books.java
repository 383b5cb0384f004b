package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the archive answers. Everything blocks. Amounts are nano-USD, days are UTC, both ends of a
 * range of days belong to it.
 *
 * <p>All throw {@link ArchiveException} when the database does not answer in time.
 */
public interface Books {
  /**
   * An entry of an account's ledger.
   *
   * @param id of its event
   * @param amountNanoUsd signed
   * @param balanceAfterNanoUsd as the ledger had it then
   * @param request whose cost it is; empty for money that came in
   * @param key that made the request; empty likewise
   * @param model likewise
   * @param reference that came with a credit; empty when there was none
   */
  record Entry(
      String id,
      String kind,
      long amountNanoUsd,
      long balanceAfterNanoUsd,
      String request,
      String key,
      String model,
      String reference,
      long atMillis) {}

  /**
   * A page of entries.
   *
   * @param total of all pages
   */
  record EntryPage(List<Entry> entries, long total) {}

  /** Newest first, those of an amount of 0 not among them. */
  EntryPage entries(AccountId account, EntryFilter filter, long offset, int limit);

  /**
   * Which entries.
   *
   * @param kinds empty for all
   */
  record EntryFilter(List<String> kinds) {
    public static final EntryFilter ALL = new EntryFilter(List.of());

    public EntryFilter {
      kinds = List.copyOf(kinds);
    }
  }

  /**
   * Sums over requests that were charged, if only 0.
   *
   * @param inputTokens neither read from nor written to a cache
   * @param cacheCreationTokens written, for however long
   * @param totalTokens of every kind
   * @param listNanoUsd without multipliers: {@code cost}
   * @param costNanoUsd as charged: {@code actual_cost}
   * @param durationMillis of all of them together
   */
  record UsageSum(
      long requests,
      long inputTokens,
      long outputTokens,
      long cacheCreationTokens,
      long cacheReadTokens,
      long totalTokens,
      long listNanoUsd,
      long costNanoUsd,
      long durationMillis) {
    public static final UsageSum NONE = new UsageSum(0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** By what sums are told apart. */
  enum Dimension {
    DAY,
    MODEL,
    KEY,
    ENDPOINT,
    PROVIDER
  }

  /**
   * One group of requests.
   *
   * @param group the day as {@code 2026-11-26}, the model's, the provider's or the endpoint's name,
   *     the key's id
   */
  record UsageGroup(String group, UsageSum sum) {}

  /**
   * Whose usage, and of which days.
   *
   * @param account null for all accounts
   * @param key null for all keys of the account
   * @param from null for all time
   * @param to null for all time
   */
  record UsageScope(
      @Nullable AccountId account,
      @Nullable KeyId key,
      @Nullable LocalDate from,
      @Nullable LocalDate to) {}

  /**
   * The same requests, told apart in several ways: days in their order, all else by cost, the
   * dearest first.
   */
  record UsageTables(UsageSum total, Map<Dimension, List<UsageGroup>> groups) {
    public UsageTables {
      groups = Map.copyOf(groups);
    }

    /** Empty where that was not asked for. */
    public List<UsageGroup> by(Dimension dimension) {
      return groups.getOrDefault(dimension, List.of());
    }
  }

  /**
   * From the daily rollups, which are read once.
   *
   * @param limit the most groups of a dimension
   */
  UsageTables usage(Set<Dimension> by, UsageScope scope, int limit);

  /** The total alone. */
  default UsageSum usage(UsageScope scope) {
    return usage(Set.of(), scope, 0).total();
  }

  /** By one dimension alone. */
  default List<UsageGroup> usageBy(Dimension dimension, UsageScope scope, int limit) {
    return usage(Set.of(dimension), scope, limit).by(dimension);
  }

  /** Of the requests of a key that ended since then, for rates by the minute. */
  UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis);

  /**
   * A request that has ended.
   *
   * @param position orders an account's requests, and is a cursor
   * @param status of the answer to the client; 0 when there was none
   * @param outcome {@code settled}, {@code released} or {@code reaped}
   * @param endedAtMillis when it was settled, released or reaped
   * @param firstByteMillis -1 when there was none
   * @param estimated why its usage is an estimate; else empty
   */
  record Request(
      String id,
      long position,
      String key,
      String model,
      String endpoint,
      String provider,
      String outcome,
      int status,
      boolean isStreamed,
      long inputTokens,
      long outputTokens,
      long cacheCreationTokens,
      long cacheReadTokens,
      long totalTokens,
      long listNanoUsd,
      long costNanoUsd,
      String estimated,
      long startedAtMillis,
      long endedAtMillis,
      long durationMillis,
      long firstByteMillis) {}

  /**
   * Which requests; each may be null for any.
   *
   * @param before only those before this position: the cursor
   * @param fromMillis ended no earlier
   * @param toMillis ended before
   */
  record RequestFilter(
      @Nullable KeyId key,
      @Nullable String model,
      @Nullable String endpoint,
      @Nullable Integer status,
      @Nullable Long fromMillis,
      @Nullable Long toMillis,
      @Nullable Long before) {
    public static final RequestFilter ALL =
        new RequestFilter(null, null, null, null, null, null, null);
  }

  /**
   * One request.
   *
   * @param request its id
   * @return empty when the account has none of that id, or it was dropped
   */
  Optional<Request> request(AccountId account, String request);

  /** Newest first. */
  List<Request> requests(AccountId account, RequestFilter filter, int limit);
}
