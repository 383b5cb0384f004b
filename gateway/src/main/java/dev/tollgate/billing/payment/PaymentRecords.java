package dev.tollgate.billing.payment;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.payment.Payment.Source;
import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.billing.payment.Processor.SavedMethod;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Spelling;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of payments, and of the methods that were saved with them. Thread-safe. */
@Blocking
final class PaymentRecords {
  private static final String COLUMNS =
      "id, account, source, provider, status, amount_cents, bonus, session, intent, checkout_url,"
          + " created_at, paid_at";

  private final Records records;

  PaymentRecords(Records records) {
    this.records = records;
  }

  /** A row that is there already stays as it is. Returns the one that is there then. */
  Payment begin(Payment payment) {
    return records.write(
        connection -> {
          String sql =
              "insert into payments ("
                  + COLUMNS
                  + ", revision) values (?,?,?,?,?,?,?,?,?,?,?,?,0) on conflict do nothing";
          try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, payment.id());
            insert.setString(2, payment.account().value());
            insert.setString(3, Spelling.of(payment.source()));
            insert.setString(4, payment.provider());
            insert.setString(5, Spelling.of(payment.status()));
            insert.setLong(6, payment.amountCents());
            insert.setLong(7, payment.bonusNanoUsd());
            insert.setString(8, payment.session());
            insert.setString(9, payment.intent());
            insert.setString(10, payment.checkoutUrl());
            insert.setLong(11, payment.createdAtMillis());
            insert.setLong(12, payment.paidAtMillis());
            insert.executeUpdate();
          }
          return find(connection, "id", payment.id()).orElseThrow();
        });
  }

  Optional<Payment> find(String id) {
    return records.read(connection -> find(connection, "id", id));
  }

  Optional<Payment> findBySession(String session) {
    return session.isEmpty()
        ? Optional.empty()
        : records.read(connection -> find(connection, "session", session));
  }

  Optional<Payment> findByIntent(String intent) {
    return intent.isEmpty()
        ? Optional.empty()
        : records.read(connection -> find(connection, "intent", intent));
  }

  private static Optional<Payment> find(Connection connection, String column, String value)
      throws SQLException {
    String sql = "select " + COLUMNS + " from payments where " + column + " = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, value);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(payment(row)) : Optional.empty();
      }
    }
  }

  /** Newest first. */
  List<Payment> page(AccountId account, long offset, int countMax) {
    String sql =
        "select "
            + COLUMNS
            + " from payments where account = ? order by created_at desc, id desc limit ? offset ?";
    return records.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, account.value());
            select.setInt(2, countMax);
            select.setLong(3, offset);
            List<Payment> payments = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                payments.add(payment(row));
              }
            }
            return payments;
          }
        });
  }

  long count(AccountId account) {
    String sql = "select count(*) from payments where account = ?";
    return records.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, account.value());
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }

  void opened(String id, Processor.Session session) {
    update(
        "update payments set session = ?, checkout_url = ? where id = ?",
        session.id(),
        session.url(),
        id);
  }

  /** Notes the provider's id of the charge, unless one is known. */
  void charged(String id, String intent) {
    if (!intent.isEmpty()) {
      update("update payments set intent = ? where id = ? and intent = ''", intent, id);
    }
  }

  /** It is that far, unless it is further already. */
  void advance(String id, Status status) {
    records.write(
        connection -> {
          lock(connection, id);
          Optional<Payment> now = find(connection, "id", id);
          if (now.isPresent() && now.get().status().compareTo(status) < 0) {
            execute(
                connection, "update payments set status = ? where id = ?", Spelling.of(status), id);
          }
          return true;
        });
  }

  /** It is credited. */
  void paid(String id, long atMillis) {
    records.write(
        connection -> {
          String sql = "update payments set status = ?, paid_at = ? where id = ? and paid_at = 0";
          try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setString(1, Spelling.of(Status.PAID));
            update.setLong(2, atMillis);
            update.setString(3, id);
            return update.executeUpdate();
          }
        });
  }

  /** Nobody else changes the payment, or what hangs on it, until the transaction ends. */
  static void lock(Connection connection, String id) throws SQLException {
    execute(connection, "update payments set revision = revision + 1 where id = ?", id);
  }

  // ---- saved methods

  /** The newest stays. */
  void save(AccountId account, SavedMethod saved, long atMillis) {
    String sql =
        "insert into payment_methods (account, customer, method, saved_at) values (?,?,?,?)"
            + " on conflict (account) do update set customer = excluded.customer,"
            + " method = excluded.method, saved_at = excluded.saved_at"
            + " where excluded.saved_at > payment_methods.saved_at";
    records.write(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, account.value());
            insert.setString(2, saved.customer());
            insert.setString(3, saved.method());
            insert.setLong(4, atMillis);
            return insert.executeUpdate();
          }
        });
  }

  Optional<SavedMethod> savedMethod(AccountId account) {
    String sql = "select customer, method from payment_methods where account = ?";
    return records.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, account.value());
            try (ResultSet row = select.executeQuery()) {
              return row.next()
                  ? Optional.of(new SavedMethod(row.getString(1), row.getString(2)))
                  : Optional.empty();
            }
          }
        });
  }

  private void update(String sql, String... values) {
    records.write(connection -> execute(connection, sql, values));
  }

  static int execute(Connection connection, String sql, String... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }

  private static Payment payment(ResultSet row) throws SQLException {
    return new Payment(
        row.getString(1),
        new AccountId(row.getString(2)),
        Spelling.read(Source.class, row.getString(3)),
        row.getString(4),
        Spelling.read(Status.class, row.getString(5)),
        row.getLong(6),
        row.getLong(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getLong(11),
        row.getLong(12));
  }
}
