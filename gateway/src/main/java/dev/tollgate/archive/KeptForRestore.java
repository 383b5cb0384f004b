package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.LedgerRestore.Kept;
import dev.tollgate.ledger.LedgerRestore.Payment;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is archived of the objects that providers keep for an account: those that it would still
 * know of, and what has been paid for them.
 */
@Blocking
final class KeptForRestore {
  private static final String FIELDS =
      "select id, field, value from owners o where kind = 'object' and account = ?"
          + " and not exists (select 1 from owners f where f.kind = 'object'"
          + " and f.account = o.account and f.id = o.id and f.field = 'kind'"
          + " and f.value = 'forgotten') order by id";

  /** Settlements of nothing have no entry. */
  private static final String PAID =
      "select id, amount, balance_after from entries where id in (?, ?, ?, ?)"
          + " union all select id, 0, null from marks where id = ?";

  private final Connection connection;
  private final ToLongFunction<ObjectKind> keptMillis;
  private final long nowMillis;

  /**
   * @param keptMillis for which the ledger knows of objects of a kind
   */
  KeptForRestore(Connection connection, ToLongFunction<ObjectKind> keptMillis, long nowMillis) {
    this.connection = connection;
    this.keptMillis = keptMillis;
    this.nowMillis = nowMillis;
  }

  /**
   * Oldest first.
   *
   * @param balanceNanoUsd of the account, for what says no other
   */
  List<Kept> of(AccountId account, long balanceNanoUsd) throws SQLException {
    List<Kept> kept = new ArrayList<>();
    List<Map<String, String>> known = known(account);
    boolean hasRuns = known.stream().anyMatch(KeptForRestore::isRun);
    RunsForRestore runs = hasRuns ? RunsForRestore.of(connection, account) : null;
    for (Map<String, String> fields : known) {
      read(account, fields, balanceNanoUsd, runs).ifPresent(kept::add);
    }
    kept.sort(Comparator.comparingLong(Kept::createdAtMillis));
    return kept;
  }

  /**
   * Those that have not been forgotten, and are not too old; each with its id in {@code object}.
   */
  private List<Map<String, String>> known(AccountId account) throws SQLException {
    List<Map<String, String>> known = new ArrayList<>();
    Map<String, String> fields = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(FIELDS)) {
      statement.setString(1, account.value());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (!rows.getString(1).equals(fields.get("object"))) {
            fields = new HashMap<>();
            fields.put("object", rows.getString(1));
            known.add(fields);
          }
          fields.put(rows.getString(2), rows.getString(3));
        }
      }
    }
    known.removeIf(one -> leftMillis(one) <= 0);
    return known;
  }

  private long leftMillis(Map<String, String> fields) {
    return ObjectKind.named(fields.getOrDefault("kind", ""))
        .map(kind -> createdAt(fields) + keptMillis.applyAsLong(kind) - nowMillis)
        .orElse(0L);
  }

  private static long createdAt(Map<String, String> fields) {
    return Long.parseLong(fields.getOrDefault("created_at", "0"));
  }

  private static boolean isRun(Map<String, String> fields) {
    return ObjectKind.RUN.key().equals(fields.get("kind"));
  }

  private Optional<Kept> read(
      AccountId account,
      Map<String, String> fields,
      long balanceNanoUsd,
      @Nullable RunsForRestore runs)
      throws SQLException {
    Optional<ObjectKind> kind = ObjectKind.named(fields.getOrDefault("kind", ""));
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    RequestId request = new RequestId(fields.getOrDefault("request", ""));
    boolean isPaidLater = fields.getOrDefault("deferred", "").equals("1");
    Payment payment =
        fields.getOrDefault("released", "").equals("1")
            ? new Payment("released", 0, 0, balanceNanoUsd)
            : isPaidLater ? payment(request.value(), balanceNanoUsd) : Payment.NONE;
    Map<String, String> run =
        runs == null || !isRun(fields)
            ? Map.of()
            : runs.fields(request.value(), payment.state().equals("settled"));
    return Optional.of(
        new Kept(
            account,
            fields.getOrDefault("object", ""),
            kind.get(),
            fields.getOrDefault("provider", ""),
            new KeyId(fields.getOrDefault("key", "")),
            request,
            createdAt(fields),
            fields.getOrDefault("purpose", ""),
            fields.getOrDefault("facts", ""),
            isPaidLater,
            leftMillis(fields),
            payment,
            run));
  }

  /** Of a request without parts. What a reaper charged counts until it is taken back. */
  private Payment payment(String request, long balanceNanoUsd) throws SQLException {
    Map<String, Long> amounts = new HashMap<>();
    long balance = balanceNanoUsd;
    try (PreparedStatement statement = connection.prepareStatement(PAID)) {
      statement.setString(1, request + ":settle");
      statement.setString(2, request + ":adjustment");
      statement.setString(3, request + ":reap");
      statement.setString(4, request + ":reap_reversal");
      statement.setString(5, request + ":settle");
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String act = rows.getString(1).substring(request.length() + 1);
          amounts.put(act, rows.getLong(2));
          long after = rows.getLong(3);
          boolean isLast = act.equals("adjustment") || !amounts.containsKey("adjustment");
          balance = rows.wasNull() || !isLast ? balance : after;
        }
      }
    }
    @Nullable Long settled = amounts.get("settle");
    @Nullable Long reaped = amounts.get("reap");
    if (settled != null) {
      long adjusted = -amounts.getOrDefault("adjustment", 0L);
      return new Payment("settled", adjusted - settled, adjusted, balance);
    }
    return reaped == null || amounts.containsKey("reap_reversal")
        ? Payment.NONE
        : new Payment("reaped", -reaped, 0, balance);
  }
}
