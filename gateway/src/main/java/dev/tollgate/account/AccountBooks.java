package dev.tollgate.account;

import dev.tollgate.account.BookDesk.Read;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.EntryPage;
import dev.tollgate.archive.Books.Request;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What the books have of an account, each question one visit to the {@link BookDesk}; stages fail
 * as its do. One per event loop.
 */
public final class AccountBooks {
  private final BookDesk desk;
  private final InstantSource clock;

  public AccountBooks(BookDesk desk, InstantSource clock) {
    this.desk = desk;
    this.clock = clock;
  }

  /** In UTC. */
  public LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  public CompletionStage<Read<KeyUsage>> usage(KeyRef key, Days days) {
    return desk.read(key.account(), books -> KeyUsage.of(books, key, days, clock.instant()));
  }

  public CompletionStage<Read<UsageReport>> report(
      AccountId account, Days days, boolean isByEndpoint) {
    return desk.read(account, books -> UsageReport.of(books, account, days, isByEndpoint));
  }

  /** Of all accounts, as far as the books have come. */
  public CompletionStage<UsageReport> siteReport(LocalDate day) {
    return desk.readAsTheyAre(books -> UsageReport.ofSite(books, day));
  }

  /** Newest first. */
  public CompletionStage<Read<EntryPage>> entries(
      AccountId account, EntryFilter filter, long offset, int limit) {
    return desk.read(account, books -> books.entries(account, filter, offset, limit));
  }

  /** Newest first. */
  public CompletionStage<Read<List<Request>>> requests(
      AccountId account, RequestFilter filter, int limit) {
    return desk.read(account, books -> books.requests(account, filter, limit));
  }

  public CompletionStage<Read<RecentCalls>> recentCalls(KeyRef key) {
    return desk.read(key.account(), books -> RecentCalls.of(books, key));
  }
}
