package dev.tollgate.billing.payment;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.payment.Refund.Kind;
import dev.tollgate.billing.payment.Refund.Status;
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
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The rows of refunds and disputes. All changes of those of one payment come one after the other.
 */
@Blocking
final class RefundRecords {
  private static final String COLUMNS =
      "id, payment, account, kind, status, provider_id, amount_cents, bonus, booked_as, attempt,"
          + " created_at";

  private final Records records;

  RefundRecords(Records records) {
    this.records = records;
  }

  /** A row before and after a change. */
  record Change(Optional<Refund> before, Refund after) {}

  Optional<Refund> find(String id) {
    return records.read(connection -> one(connection, "id", id));
  }

  /** Those of a payment, oldest first. */
  List<Refund> of(String payment) {
    return records.read(connection -> of(connection, payment));
  }

  /** Those that were begun here before a time and have not come to an end, oldest first. */
  List<Refund> unfinished(long beforeMillis, int countMax) {
    String sql =
        "select "
            + COLUMNS
            + " from payment_refunds where status in ('booking', 'asking', 'unanswered')"
            + " and created_at < ? order by created_at, id limit ?";
    return records.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setLong(1, beforeMillis);
            select.setInt(2, countMax);
            return all(select);
          }
        });
  }

  /**
   * Makes a row of what is there of the payment, unless that says no, or the row is there already.
   *
   * @param made from all refunds of the payment; may be empty
   */
  Optional<Refund> begin(
      Payment payment, String id, Function<List<Refund>, Optional<Refund>> made) {
    return records.write(
        connection -> {
          PaymentRecords.lock(connection, payment.id());
          Optional<Refund> there = one(connection, "id", id);
          if (there.isPresent()) {
            return there;
          }
          Optional<Refund> refund = made.apply(of(connection, payment.id()));
          if (refund.isPresent()) {
            insert(connection, refund.get());
          }
          return refund;
        });
  }

  /** Changes a row that is there. */
  Change change(Refund refund, UnaryOperator<Refund> changed) {
    return records.write(
        connection -> {
          PaymentRecords.lock(connection, refund.payment());
          Refund before = one(connection, "id", refund.id()).orElseThrow();
          Refund after = changed.apply(before);
          store(connection, after);
          return new Change(Optional.of(before), after);
        });
  }

  /**
   * Changes what the provider tells of, or makes a row of it.
   *
   * @param ours our id of it, if it began here; else empty
   * @param made from all others of the payment, where there is no row of it
   */
  Change hear(
      Payment payment,
      String ours,
      String providerId,
      Function<List<Refund>, Refund> made,
      UnaryOperator<Refund> changed) {
    return records.write(
        connection -> {
          PaymentRecords.lock(connection, payment.id());
          Optional<Refund> before = one(connection, "provider_id", providerId);
          if (before.isEmpty() && !ours.isEmpty()) {
            before = one(connection, "id", ours).filter(it -> it.payment().equals(payment.id()));
          }
          if (before.isEmpty()) {
            Refund first = made.apply(of(connection, payment.id()));
            insert(connection, first);
            return new Change(Optional.empty(), first);
          }
          Refund after = changed.apply(before.get());
          store(connection, after);
          return new Change(before, after);
        });
  }

  private static List<Refund> of(Connection connection, String payment) throws SQLException {
    String sql =
        "select " + COLUMNS + " from payment_refunds where payment = ? order by created_at, id";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, payment);
      return all(select);
    }
  }

  private static List<Refund> all(PreparedStatement select) throws SQLException {
    List<Refund> refunds = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        refunds.add(refund(row));
      }
    }
    return refunds;
  }

  private static Optional<Refund> one(Connection connection, String column, String value)
      throws SQLException {
    String sql = "select " + COLUMNS + " from payment_refunds where " + column + " = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, value);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(refund(row)) : Optional.empty();
      }
    }
  }

  private static void insert(Connection connection, Refund refund) throws SQLException {
    String sql = "insert into payment_refunds (" + COLUMNS + ") values (?,?,?,?,?,?,?,?,?,?,?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, refund.id());
      insert.setString(2, refund.payment());
      insert.setString(3, refund.account().value());
      insert.setString(4, Spelling.of(refund.kind()));
      insert.setString(5, Spelling.of(refund.status()));
      insert.setString(6, refund.providerId());
      insert.setLong(7, refund.amountCents());
      insert.setLong(8, refund.bonusNanoUsd());
      insert.setString(9, refund.bookedAs());
      insert.setInt(10, refund.attempt());
      insert.setLong(11, refund.createdAtMillis());
      insert.executeUpdate();
    }
  }

  private static void store(Connection connection, Refund refund) throws SQLException {
    String sql =
        "update payment_refunds set status = ?, provider_id = ?, booked_as = ?, attempt = ?"
            + " where id = ?";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, Spelling.of(refund.status()));
      update.setString(2, refund.providerId());
      update.setString(3, refund.bookedAs());
      update.setInt(4, refund.attempt());
      update.setString(5, refund.id());
      update.executeUpdate();
    }
  }

  private static Refund refund(ResultSet row) throws SQLException {
    return new Refund(
        row.getString(1),
        row.getString(2),
        new AccountId(row.getString(3)),
        Spelling.read(Kind.class, row.getString(4)),
        Spelling.read(Status.class, row.getString(5)),
        row.getString(6),
        row.getLong(7),
        row.getLong(8),
        row.getString(9),
        row.getInt(10),
        row.getLong(11));
  }
}
