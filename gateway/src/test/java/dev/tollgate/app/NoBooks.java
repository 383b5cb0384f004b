package dev.tollgate.app;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.Books;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Books that cannot be read. */
final class NoBooks implements Books {
  private static ArchiveException away() {
    return new ArchiveException("there is no archive");
  }

  @Override
  public EntryPage entries(AccountId account, EntryFilter filter, long offset, int limit) {
    throw away();
  }

  @Override
  public UsageTables usage(Set<Dimension> by, UsageScope scope, int limit) {
    throw away();
  }

  @Override
  public UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis) {
    throw away();
  }

  @Override
  public Optional<Request> request(AccountId account, String request) {
    throw away();
  }

  @Override
  public List<Request> requests(AccountId account, RequestFilter filter, int limit) {
    throw away();
  }
}
