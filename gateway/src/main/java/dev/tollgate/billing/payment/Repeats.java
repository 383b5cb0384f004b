package dev.tollgate.billing.payment;

import dev.tollgate.archive.Records;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Refusal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is asked with an {@code Idempotency-Key} is done once, and answered as it was at first. Two
 * that come at once, or one that comes again after a crash, do the same under the same id, which
 * the payment provider and the ledger know to do once. Thread-safe.
 */
@Blocking
final class Repeats {
  private static final String MINE = " where account = ? and act = ? and key = ?";

  private final Records records;

  Repeats(Records records) {
    this.records = records;
  }

  /**
   * What is asked.
   *
   * @param body what it says: under the same key it must say the same
   * @param key null where it may be done as often as it is asked
   */
  record Asked(AccountId account, String act, String body, @Nullable String key) {}

  /** What came of one try. */
  sealed interface Try {
    record Answered(Document document) implements Try {}

    /** Nothing has been done, and the same key may try anew. */
    record Undone(Refusal refusal) implements Try {}

    /** It may have been done: the same key goes on with it. */
    record Unknown(Refusal refusal) implements Try {}
  }

  private record Claim(String body, String subject, int status, String answer) {}

  /**
   * @param newSubject the id under which it is done, should this be the first try
   */
  Outcome<Document> once(
      Asked asked, String newSubject, long nowMillis, Function<String, Try> task) {
    String key = asked.key();
    if (key == null) {
      return outcome(task.apply(newSubject));
    }
    Claim claim = claim(asked, key, newSubject, nowMillis);
    if (!claim.body().equals(asked.body())) {
      return new Outcome.Refused<>(
          new Refusal.Conflict("This Idempotency-Key was used with another request."));
    }
    if (claim.status() != 0) {
      return new Outcome.Done<>(new Document(claim.status(), claim.answer()));
    }
    Try tried = task.apply(claim.subject());
    return switch (tried) {
      case Try.Answered(Document document) -> new Outcome.Done<>(keep(asked, key, document));
      case Try.Undone undone -> {
        forget(asked, key, claim.subject());
        yield outcome(undone);
      }
      case Try.Unknown unknown -> outcome(unknown);
    };
  }

  private static Outcome<Document> outcome(Try tried) {
    return switch (tried) {
      case Try.Answered(Document document) -> new Outcome.Done<>(document);
      case Try.Undone(Refusal refusal) -> new Outcome.Refused<>(refusal);
      case Try.Unknown(Refusal refusal) -> new Outcome.Refused<>(refusal);
    };
  }

  private Claim claim(Asked asked, String key, String newSubject, long nowMillis) {
    return records.write(
        connection -> {
          String sql =
              "insert into payment_requests (account, act, key, body, subject, status, answer, at)"
                  + " values (?,?,?,?,?,0,'',?) on conflict do nothing";
          try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, asked.account().value());
            insert.setString(2, asked.act());
            insert.setString(3, key);
            insert.setString(4, asked.body());
            insert.setString(5, newSubject);
            insert.setLong(6, nowMillis);
            insert.executeUpdate();
          }
          Claim claim = read(connection, asked, key);
          if (claim == null) {
            throw new SQLException("a request has gone while another came with its key");
          }
          return claim;
        });
  }

  /** The answer that was given first. */
  private Document keep(Asked asked, String key, Document document) {
    return records.write(
        connection -> {
          String sql = "update payment_requests set status = ?, answer = ?" + MINE;
          try (PreparedStatement update = connection.prepareStatement(sql + " and status = 0")) {
            update.setInt(1, document.status());
            update.setString(2, document.json());
            update.setString(3, asked.account().value());
            update.setString(4, asked.act());
            update.setString(5, key);
            if (update.executeUpdate() == 1) {
              return document;
            }
          }
          Claim first = read(connection, asked, key);
          return first == null ? document : new Document(first.status(), first.answer());
        });
  }

  /** Whatever comes of an older key is done anew. */
  void forgetBefore(long atMillis) {
    records.write(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("delete from payment_requests where at < ?")) {
            delete.setLong(1, atMillis);
            return delete.executeUpdate();
          }
        });
  }

  private void forget(Asked asked, String key, String subject) {
    records.write(
        connection ->
            PaymentRecords.execute(
                connection,
                "delete from payment_requests" + MINE + " and subject = ? and status = 0",
                asked.account().value(),
                asked.act(),
                key,
                subject));
  }

  private static @Nullable Claim read(Connection connection, Asked asked, String key)
      throws SQLException {
    String sql = "select body, subject, status, answer from payment_requests" + MINE;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, asked.account().value());
      select.setString(2, asked.act());
      select.setString(3, key);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new Claim(row.getString(1), row.getString(2), row.getInt(3), row.getString(4))
            : null;
      }
    }
  }
}
