package dev.tollgate.account;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.UsageGroup;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.archive.Books.UsageSum;
import dev.tollgate.archive.Books.UsageTables;
import dev.tollgate.domain.AccountId;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;

/**
 * What was used over some days.
 *
 * @param daily those days on which something was used, in order
 * @param endpoints empty where nobody asked for them
 */
public record UsageReport(
    List<UsageGroup> daily,
    List<UsageGroup> models,
    List<UsageGroup> keys,
    List<UsageGroup> endpoints,
    List<UsageGroup> providers,
    UsageSum total) {
  /** More of a kind are not listed; there are never as many days. */
  public static final int GROUPS_MAX = 1_000;

  /** Of one account. Blocks, as the books do. */
  static UsageReport of(Books books, AccountId account, Days days, boolean isByEndpoint) {
    Set<Dimension> by =
        isByEndpoint
            ? Set.of(Dimension.DAY, Dimension.MODEL, Dimension.KEY, Dimension.ENDPOINT)
            : Set.of(Dimension.DAY, Dimension.MODEL, Dimension.KEY);
    UsageScope scope = new UsageScope(account, null, days.from(), days.to());
    return of(books.usage(by, scope, GROUPS_MAX));
  }

  /** Of one day, of all accounts together. Blocks, as the books do. */
  static UsageReport ofSite(Books books, LocalDate day) {
    UsageScope scope = new UsageScope(null, null, day, day);
    Set<Dimension> by = Set.of(Dimension.MODEL, Dimension.ENDPOINT, Dimension.PROVIDER);
    return of(books.usage(by, scope, GROUPS_MAX));
  }

  private static UsageReport of(UsageTables tables) {
    return new UsageReport(
        tables.by(Dimension.DAY),
        tables.by(Dimension.MODEL),
        tables.by(Dimension.KEY),
        tables.by(Dimension.ENDPOINT),
        tables.by(Dimension.PROVIDER),
        tables.total());
  }
}
