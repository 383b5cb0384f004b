package dev.tollgate.app;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveEvent;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.Books;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.ledger.RedisForTests;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The real archive, on SQLite, in a folder of its own, opened when it is first asked. It takes the
 * events of an account from the tests' Redis when somebody wants to read them, in the place of a
 * drain.
 */
final class ArchiveForTests implements Books, AutoCloseable {
  private final Path folder;
  private final Supplier<List<AccountId>> accounts;
  private final Map<AccountId, Integer> stored = new HashMap<>();
  private @Nullable Archive archive;
  private @Nullable RedisForTests redis;

  /**
   * @param accounts of the test: those of all Redis are too many
   */
  ArchiveForTests(Path folder, Supplier<List<AccountId>> accounts) {
    this.folder = folder;
    this.accounts = accounts;
  }

  OpenBooks open() {
    return new OpenBooks(
        this,
        account ->
            CompletableFuture.supplyAsync(
                () -> {
                  store(account);
                  return true;
                }));
  }

  private synchronized Archive archive() {
    if (archive == null) {
      archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Embedded(folder)));
    }
    return archive;
  }

  private synchronized RedisForTests redis() {
    if (redis == null) {
      redis = RedisForTests.open();
    }
    return redis;
  }

  private synchronized void store(AccountId account) {
    List<ArchiveEvent> events = redis().archived(account);
    int known = stored.getOrDefault(account, 0);
    if (events.size() > known) {
      archive().store().store(events.getFirst().shard(), events.subList(known, events.size()));
      stored.put(account, events.size());
    }
  }

  private Books books(@Nullable AccountId account) {
    if (account == null) {
      accounts.get().forEach(this::store);
    }
    return archive().books();
  }

  @Override
  public EntryPage entries(AccountId account, EntryFilter filter, long offset, int limit) {
    return books(account).entries(account, filter, offset, limit);
  }

  @Override
  public UsageSum usage(UsageScope scope) {
    return books(scope.account()).usage(scope);
  }

  @Override
  public List<UsageGroup> usageBy(Dimension dimension, UsageScope scope, int limit) {
    return books(scope.account()).usageBy(dimension, scope, limit);
  }

  @Override
  public UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis) {
    return books(account).recentUsage(account, key, sinceMillis);
  }

  @Override
  public List<Request> requests(AccountId account, RequestFilter filter, int limit) {
    return books(account).requests(account, filter, limit);
  }

  @Override
  public synchronized void close() {
    if (archive != null) {
      archive.close();
    }
    if (redis != null) {
      redis.close();
    }
  }
}
