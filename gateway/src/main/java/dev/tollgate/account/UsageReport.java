package dev.tollgate.account;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.UsageGroup;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.archive.Books.UsageSum;
import dev.tollgate.domain.AccountId;
import java.time.LocalDate;
import java.util.List;

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
  /** More of a kind are not listed. */
  public static final int GROUPS_MAX = 1_000;

  /** Of one account. Blocks, as the books do. */
  static UsageReport of(Books books, AccountId account, Days days, boolean isByEndpoint) {
    UsageScope scope = new UsageScope(account, null, days.from(), days.to());
    return new UsageReport(
        books.usageBy(Dimension.DAY, scope, Days.DAYS_MAX),
        books.usageBy(Dimension.MODEL, scope, GROUPS_MAX),
        books.usageBy(Dimension.KEY, scope, GROUPS_MAX),
        isByEndpoint ? books.usageBy(Dimension.ENDPOINT, scope, GROUPS_MAX) : List.of(),
        List.of(),
        books.usage(scope));
  }

  /** Of one day, of all accounts together. Blocks, as the books do. */
  static UsageReport ofSite(Books books, LocalDate day) {
    UsageScope scope = new UsageScope(null, null, day, day);
    return new UsageReport(
        List.of(),
        books.usageBy(Dimension.MODEL, scope, GROUPS_MAX),
        List.of(),
        books.usageBy(Dimension.ENDPOINT, scope, GROUPS_MAX),
        books.usageBy(Dimension.PROVIDER, scope, GROUPS_MAX),
        books.usage(scope));
  }
}
