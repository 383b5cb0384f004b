package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.KeyId;
import dev.tollgate.ledger.AuditDifference;
import dev.tollgate.ledger.AuditDifference.Measure;
import dev.tollgate.ledger.AuditDifference.What;
import dev.tollgate.ledger.AuditedArchive;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What is archived of accounts and keys, against what the ledger states of them. Where the two
 * differ it waits for the drain and looks again: only what differs then is a difference. The
 * database is asked on threads that may block, by connections of its own.
 *
 * <p>Of an account it adds up all entries there are, so that this takes as long as its history is.
 */
public final class ArchiveComparison implements AuditedArchive {
  /** Of all entries, of those up to a place, and what the archive itself notes of them. */
  private static final String SUMS =
      "select coalesce(sum(amount), 0),"
          + " coalesce(sum(case when position <= ? then amount else 0 end), 0),"
          + " coalesce(sum(case when position <= ? and kind = 'topup' and id like '%:credit'"
          + " then amount else 0 end), 0),"
          + " coalesce(sum(case when position <= ? and amount > 0 and id like '%:credit'"
          + " then amount else 0 end), 0),"
          + " coalesce(-sum(case when request <> '' then amount else 0 end), 0),"
          + " (select coalesce(sum(amount), 0) from entry_sums where account = ?),"
          + " (select coalesce(sum(cost), 0) from daily_usage where account = ?)"
          + " from entries where account = ?";

  private static final String FIELDS =
      "select field, value, revision from owners where kind = ? and account = ? and id = ?";

  private static final String OWNERS =
      "select distinct kind, account, id from owners"
          + " where kind in ('account', 'key') and (kind, account, id) > (?, ?, ?)"
          + " order by kind, account, id limit ?";

  private final DataSource reading;
  private final Dialect dialect;
  private final int queryMillisMax;
  private final CatchUp catchUp;
  private final Executor readers;

  /**
   * @param queryMillisMax for one question
   * @param readers where it may block
   */
  ArchiveComparison(
      DataSource reading, Dialect dialect, int queryMillisMax, CatchUp catchUp, Executor readers) {
    this.reading = reading;
    this.dialect = dialect;
    this.queryMillisMax = queryMillisMax;
    this.catchUp = catchUp;
    this.readers = readers;
  }

  @Override
  public CompletionStage<List<AuditDifference>> compare(
      List<Balance> balances, List<Owner> owners) {
    AccountId anyOfTheShard =
        balances.isEmpty() ? owners.getFirst().account() : balances.getFirst().account();
    return CompletableFuture.completedFuture(balances)
        .thenApplyAsync(stated -> differences(stated, owners), readers)
        .thenCompose(
            differences ->
                differences.isEmpty()
                    ? CompletableFuture.completedFuture(differences)
                    : catchUp
                        .upToNow(anyOfTheShard)
                        .thenApplyAsync(caughtUp(balances, owners), readers));
  }

  private Function<Boolean, List<AuditDifference>> caughtUp(
      List<Balance> balances, List<Owner> owners) {
    return isCaughtUp -> {
      if (!isCaughtUp) {
        throw new ArchiveException(dialect.name() + " is behind");
      }
      return differences(balances, owners);
    };
  }

  @Override
  public CompletionStage<List<OwnerName>> owners(@Nullable OwnerName after, int limit) {
    // Fails where the readers refuse, and does not throw.
    return CompletableFuture.completedFuture(limit)
        .thenApplyAsync(count -> names(after, count), readers);
  }

  @Blocking
  private List<AuditDifference> differences(List<Balance> balances, List<Owner> owners) {
    List<AuditDifference> differences = new ArrayList<>();
    ask(
        connection -> {
          for (Balance balance : balances) {
            compare(connection, balance, differences);
          }
          for (Owner owner : owners) {
            compare(connection, owner, differences);
          }
        });
    return differences;
  }

  private static void compare(
      Connection connection, Balance stated, List<AuditDifference> differences)
      throws SQLException {
    String account = stated.account().value();
    try (PreparedStatement statement = connection.prepareStatement(SUMS)) {
      for (int i = 1; i <= 3; i++) {
        statement.setLong(i, stated.position());
      }
      for (int i = 4; i <= 6; i++) {
        statement.setString(i, account);
      }
      try (ResultSet sums = statement.executeQuery()) {
        sums.next();
        long all = sums.getLong(1);
        List.of(
                usd(What.ARCHIVED_BALANCE, sums.getLong(2), stated.balance()),
                usd(What.ARCHIVED_TOPUP, sums.getLong(3), stated.lifetimeTopup()),
                usd(What.ARCHIVED_CREDIT, sums.getLong(4), stated.lifetimeCredit()),
                usd(What.ARCHIVED_USAGE, sums.getLong(5), sums.getLong(7)),
                usd(What.ARCHIVED_SUM, all, sums.getLong(6)))
            .stream()
            .filter(ArchiveComparison::differs)
            .map(difference -> difference.of(account, null))
            .forEach(differences::add);
      }
    }
  }

  private static AuditDifference usd(What what, long archived, long actual) {
    return AuditDifference.usd(what, archived, actual);
  }

  private static boolean differs(AuditDifference difference) {
    return difference.actual() == null || !difference.actual().equals(difference.expected());
  }

  private static void compare(
      Connection connection, Owner stated, List<AuditDifference> differences) throws SQLException {
    String account = stated.account().value();
    @Nullable String key = stated.key() == null ? null : stated.key().value();
    Map<String, String> archived = new TreeMap<>();
    long revision = -1;
    try (PreparedStatement statement = connection.prepareStatement(FIELDS)) {
      statement.setString(1, key == null ? "account" : "key");
      statement.setString(2, account);
      statement.setString(3, key == null ? account : key);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          archived.put(rows.getString(1), rows.getString(2));
          revision = Math.max(revision, rows.getLong(3));
        }
      }
    }
    if (archived.isEmpty()) {
      differences.add(AuditDifference.of(What.UNARCHIVED).of(account, key));
    } else if (revision != stated.revision()) {
      differences.add(
          AuditDifference.of(What.REVISION, Measure.REVISION, revision, stated.revision())
              .of(account, key));
    } else {
      new TreeMap<>(stated.fields())
          .forEach(
              (field, value) -> {
                if (!StoredText.text(value).equals(archived.getOrDefault(field, ""))) {
                  differences.add(AuditDifference.of(What.FIELD).of(account, key).field(field));
                }
              });
    }
  }

  @Blocking
  private List<OwnerName> names(@Nullable OwnerName after, int limit) {
    List<OwnerName> names = new ArrayList<>();
    ask(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(OWNERS)) {
            @Nullable KeyId key = after == null ? null : after.key();
            String account = after == null ? "" : after.account().value();
            statement.setString(1, after == null ? "" : key == null ? "account" : "key");
            statement.setString(2, account);
            statement.setString(3, key == null ? account : key.value());
            statement.setInt(4, limit);
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                AccountId owner = new AccountId(rows.getString(2));
                boolean isKey = rows.getString(1).equals("key");
                names.add(new OwnerName(owner, isKey ? new KeyId(rows.getString(3)) : null));
              }
            }
          }
        });
    return names;
  }

  private interface Asking {
    void ask(Connection connection) throws SQLException;
  }

  private void ask(Asking asking) {
    try (Connection connection = reading.getConnection()) {
      dialect.bound(connection, queryMillisMax);
      asking.ask(connection);
    } catch (SQLException failed) {
      throw new ArchiveException(
          dialect.name() + " did not answer: " + failed.getMessage(), failed);
    }
  }
}
