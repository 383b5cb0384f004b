package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.LedgerRestore;
import dev.tollgate.ledger.LedgerRestore.Ended;
import dev.tollgate.ledger.LedgerRestore.Kept;
import dev.tollgate.ledger.LedgerRestore.Use;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Puts the ledger back into an empty Redis from the archive: accounts with their balances, keys,
 * what their budgets have used, the credits that must not be booked twice, the objects that
 * providers keep, and the requests of the last day, so that a journal which tells of them again
 * does not charge them again. An account that is there is left alone. Not put back: open holds
 * (they are given up with the Redis that had them), and responses that were paid for at once, of
 * which the archive has nothing but their cost.
 *
 * <p>Blocks. No gateway may serve meanwhile.
 */
@Blocking
public final class Restore {
  /**
   * Requests are counted one by one for so many days, and what is older by day, as if it had been
   * used at the end of it: no window frees too early.
   */
  private static final int DAYS_IN_FULL = 8;

  private static final int ROWS_PER_FETCH = 1_000;

  /** What money came in by; of adjustments those that belong to no request. */
  private static final String CREDITS =
      "select id, kind, amount, balance_after from entries where account = ? and kind in"
          + " ('topup', 'bonus', 'signup_bonus', 'refund', 'adjustment', 'plan_fee')"
          + " and request = '' and id like '%:credit' order by position";

  private static final String CREDIT = ":credit";

  /** What events say of themselves, and not of whom they are about. */
  private static final Set<String> OF_THE_EVENT = Set.of("at", "kind", "key");

  private final DataSource database;
  private final LedgerRestore ledger;
  private final long tombstoneMillis;
  private final ToLongFunction<ObjectKind> keptMillis;
  private final InstantSource clock;

  /**
   * @param tombstoneMillis for which the ledger remembers requests that have ended
   * @param keptMillis for which it knows of objects of a kind
   */
  public Restore(
      DataSource database,
      LedgerRestore ledger,
      long tombstoneMillis,
      ToLongFunction<ObjectKind> keptMillis,
      InstantSource clock) {
    this.database = database;
    this.ledger = ledger;
    this.tombstoneMillis = tombstoneMillis;
    this.keptMillis = keptMillis;
    this.clock = clock;
  }

  /**
   * What was done.
   *
   * @param accounts that were put back
   * @param there that were there already, and left alone
   */
  public record Outcome(
      long accounts, long there, long keys, long requests, long credits, long objects) {}

  /**
   * @param progress told of the number of accounts that have been dealt with
   * @throws ArchiveException when the database fails
   * @throws dev.tollgate.ledger.LedgerUnavailableException when Redis does
   */
  public Outcome run(LongConsumer progress) {
    long[] sums = new long[6];
    long done = 0;
    try (Connection connection = database.getConnection()) {
      // PostgreSQL's driver would read all rows at once otherwise.
      connection.setAutoCommit(false);
      for (String account : accounts(connection)) {
        restore(connection, new AccountId(account), sums);
        progress.accept(++done);
      }
    } catch (SQLException failure) {
      throw new ArchiveException("the archive cannot be read", failure);
    }
    return new Outcome(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
  }

  private static List<String> accounts(Connection connection) throws SQLException {
    return rows(
        connection,
        "select distinct id from owners where kind = 'account' order by id",
        row -> row.getString(1));
  }

  private void restore(Connection connection, AccountId account, long[] sums) throws SQLException {
    Map<String, String> fields = fields(connection, "account", account, account.value());
    List<CreditRow> credits = credits(connection, account);
    long balance = balance(connection, account);
    fields.put("balance", Long.toString(balance));
    fields.put(
        "lifetime_topup", Long.toString(sum(credits, credit -> credit.kind().equals("topup"))));
    fields.put(
        "lifetime_credit", Long.toString(sum(credits, credit -> credit.amountNanoUsd() > 0)));
    if (!await(ledger.begin(account, fields))) {
      sums[1]++;
      return;
    }
    for (CreditRow credit : credits) {
      await(
          ledger.credited(
              account,
              credit.creditId(),
              credit.kind(),
              credit.amountNanoUsd(),
              credit.balanceNanoUsd()));
    }
    List<String> keys = keys(connection, account);
    for (String key : keys) {
      await(
          ledger.key(new KeyRef(account, new KeyId(key)), fields(connection, "key", account, key)));
    }
    List<Kept> objects =
        new KeptForRestore(connection, keptMillis, clock.millis()).of(account, balance);
    for (Kept object : objects) {
      await(ledger.kept(object));
    }
    sums[3] += leaveTombstones(connection, account, balance);
    count(connection, account, keys, multiplierPpm(fields));
    await(ledger.done(account));
    sums[0]++;
    sums[2] += keys.size();
    sums[4] += credits.size();
    sums[5] += objects.size();
  }

  private static long sum(List<CreditRow> credits, Predicate<CreditRow> which) {
    return credits.stream()
        .filter(which)
        .mapToLong(CreditRow::amountNanoUsd)
        .reduce(0, Math::addExact);
  }

  private record CreditRow(String id, String kind, long amountNanoUsd, long balanceNanoUsd) {
    String creditId() {
      return id.substring(0, id.length() - CREDIT.length());
    }
  }

  private static List<CreditRow> credits(Connection connection, AccountId account)
      throws SQLException {
    return rows(
        connection,
        CREDITS,
        row -> new CreditRow(row.getString(1), row.getString(2), row.getLong(3), row.getLong(4)),
        account.value());
  }

  private static long balance(Connection connection, AccountId account) throws SQLException {
    return rows(
            connection,
            "select coalesce(sum(amount), 0) from entry_sums where account = ?",
            row -> row.getLong(1),
            account.value())
        .getFirst();
  }

  private static List<String> keys(Connection connection, AccountId account) throws SQLException {
    return rows(
        connection,
        "select distinct id from owners where kind = 'key' and account = ? order by id",
        row -> row.getString(1),
        account.value());
  }

  /** What its hash had. How often it was changed counts on: archived changes go by that. */
  private static Map<String, String> fields(
      Connection connection, String kind, AccountId account, String id) throws SQLException {
    Map<String, String> fields = new HashMap<>();
    long[] revision = {0};
    each(
        connection,
        "select field, value, revision from owners where kind = ? and account = ? and id = ?",
        row -> {
          if (!row.getString(2).isEmpty()) { // what was removed
            fields.put(row.getString(1), row.getString(2));
          }
          revision[0] = Math.max(revision[0], row.getLong(3));
        },
        kind,
        account.value(),
        id);
    fields.keySet().removeAll(OF_THE_EVENT);
    fields.put("revision", Long.toString(revision[0]));
    return fields;
  }

  /**
   * Lets the budgets of an account and of its keys count what is archived, oldest first: what is
   * older by the day, then single requests. They may be many, and go on as they are read.
   *
   * <p>What a subscription has paid for was charged 0, and counted in budgets all the same: by its
   * list price, as the account's prices are now.
   */
  private void count(
      Connection connection, AccountId account, List<String> keys, long multiplierPpm)
      throws SQLException {
    count(connection, account.value(), null, multiplierPpm, uses -> ledger.used(account, uses));
    for (String key : keys) {
      KeyRef owner = new KeyRef(account, new KeyId(key));
      count(connection, account.value(), key, multiplierPpm, uses -> ledger.used(owner, uses));
    }
  }

  private void count(
      Connection connection,
      String account,
      @Nullable String key,
      long multiplierPpm,
      Function<List<Use>, CompletionStage<Long>> budgets)
      throws SQLException {
    LocalDate from = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(DAYS_IN_FULL);
    List<Use> page = new ArrayList<>();
    Consumer<Use> count =
        use -> {
          page.add(use);
          if (page.size() == LedgerRestore.USES_PER_CALL_MAX) {
            await(budgets.apply(page));
            page.clear();
          }
        };
    String ofKey = key == null ? "" : " and key = ?";
    each(
        connection,
        "select day, model, sum(cost), sum(total_tokens), sum(requests),"
            + " sum(case when cost = 0 then list else 0 end) from daily_usage"
            + " where account = ? and day < ?"
            + ofKey
            + " group by day, model order by day, model",
        row -> count.accept(ofADay(row, multiplierPpm)),
        with(key, account, from.toString()));
    each(
        connection,
        "select ended_at, model, cost, total_tokens, case when cost = 0 then list else 0 end"
            + " from requests"
            + " where account = ? and ended_at >= ?"
            + ofKey
            + " and outcome <> 'released' order by ended_at, position",
        row -> count.accept(ofARequest(row, multiplierPpm)),
        with(key, account, from.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()));
    if (!page.isEmpty()) {
      await(budgets.apply(page));
    }
  }

  private static Object[] with(@Nullable String key, Object... parameters) {
    return key == null
        ? parameters
        : Stream.concat(Arrays.stream(parameters), Stream.of(key)).toArray();
  }

  /** The account's own multiplier comes before its plan's, as in {@code hold.lua}. */
  private static long multiplierPpm(Map<String, String> fields) {
    long own = Long.parseLong(fields.getOrDefault("multiplier_ppm", "1000000"));
    return own != 1_000_000
        ? own
        : Long.parseLong(fields.getOrDefault("plan_multiplier_ppm", "1000000"));
  }

  private static long covered(long listNanoUsd, long multiplierPpm) {
    return BigDecimal.valueOf(listNanoUsd)
        .multiply(BigDecimal.valueOf(multiplierPpm, 6))
        .setScale(0, RoundingMode.CEILING)
        .min(BigDecimal.valueOf(Money.MAX_NANO_USD))
        .longValueExact();
  }

  private static Use ofADay(ResultSet row, long multiplierPpm) throws SQLException {
    LocalDate next = LocalDate.parse(row.getString(1)).plusDays(1);
    long end = next.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() - 1;
    return new Use(
        end,
        row.getString(2),
        row.getLong(3) + covered(row.getLong(6), multiplierPpm),
        row.getLong(4),
        row.getLong(5));
  }

  private static Use ofARequest(ResultSet row, long multiplierPpm) throws SQLException {
    return new Use(
        row.getLong(1),
        row.getString(2),
        row.getLong(3) + covered(row.getLong(5), multiplierPpm),
        row.getLong(4),
        1);
  }

  /** A request that has ended lately. */
  private record EndedRow(Ended ended, long endedAtMillis) {}

  private long leaveTombstones(Connection connection, AccountId account, long balanceNanoUsd)
      throws SQLException {
    long now = clock.millis();
    long[] left = {0};
    each(
        connection,
        "select r.id, r.key, r.outcome, r.cost, r.total_tokens, r.ended_at,"
            + " -coalesce(a.amount, 0), coalesce(a.balance_after, s.balance_after)"
            + " from requests r"
            + " left join entries s on s.id = r.id || ':settle'"
            + " left join entries a on a.id = r.id || ':adjustment'"
            + " where r.account = ? and r.ended_at > ? and r.outcome <> 'released'",
        row -> {
          EndedRow ended = ended(row, account, balanceNanoUsd);
          long millis = Math.max(1, ended.endedAtMillis() + tombstoneMillis - now);
          await(ledger.ended(ended.ended(), millis));
          left[0]++;
        },
        account.value(),
        now - tombstoneMillis);
    return left[0];
  }

  private static EndedRow ended(ResultSet row, AccountId account, long balanceNanoUsd)
      throws SQLException {
    long after = row.getLong(8);
    // One that cost nothing has no entry.
    long balance = row.wasNull() ? balanceNanoUsd : after;
    return new EndedRow(
        new Ended(
            new KeyRef(account, new KeyId(row.getString(2))),
            new RequestId(row.getString(1)),
            row.getString(3).equals("reaped"),
            row.getLong(4),
            row.getLong(7),
            balance,
            row.getLong(5)),
        row.getLong(6));
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private interface RowTaker {
    void take(ResultSet row) throws SQLException;
  }

  private static <T> List<T> rows(
      Connection connection, String query, Reader<T> reader, Object... parameters)
      throws SQLException {
    List<T> found = new ArrayList<>();
    each(connection, query, row -> found.add(reader.read(row)), parameters);
    return found;
  }

  /** Row by row, as they are read. */
  private static void each(
      Connection connection, String query, RowTaker taker, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setFetchSize(ROWS_PER_FETCH);
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          taker.take(rows);
        }
      }
    }
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
