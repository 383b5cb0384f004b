package dev.tollgate.billing.mail;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.billing.mail.Receipt.Bonus;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Spelling;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The receipts in the archive, and how far each is:
 *
 * <pre>
 * queued -> claimed -> sending -> sent
 *    ^---------'          '-----> unconfirmed, or refused, or queued where the server says no
 * queued -> expired, no_address; claimed -> refused, failed
 * </pre>
 *
 * A claim is a lease. One that has run out before the mail could have left is queued again; from
 * {@code sending} on nobody sends it again, whatever becomes of its gateway. Thread-safe.
 */
@Blocking
final class ReceiptQueue {
  /** How a receipt may end. */
  enum End {
    SENT,
    UNCONFIRMED,
    REFUSED,
    FAILED,
    NO_ADDRESS,
    EXPIRED;

    String key() {
      return Spelling.of(this);
    }
  }

  private final Records records;
  private final MailLimits limits;

  ReceiptQueue(Records records, MailLimits limits) {
    this.records = records;
    this.limits = limits;
  }

  /**
   * Claims some that are due.
   *
   * @param claim names this claim, and no other one
   */
  List<Receipt> claim(String claim, long nowMillis) {
    Sql sql =
        Sql.of(
            "update receipts set state = 'claimed', claim = ?, leased_until = ?, tries = tries + 1"
                + " where id in (select id from receipts where state = 'queued' and due_at <= ?"
                + " and at <= ? order by due_at, id limit ?) and state = 'queued' returning id,"
                + " account, kind, amount, balance_after, reference, at, position, tries",
            claim,
            nowMillis + limits.leaseMillis(),
            nowMillis,
            nowMillis - limits.settleMillis(),
            limits.claimsMax());
    return records.write(connection -> sql.all(connection, ReceiptQueue::receipt));
  }

  /**
   * To be called right before the mail may leave. False when it must not: another gateway has it.
   */
  boolean beginSending(Receipt receipt, String claim, long nowMillis) {
    return change(
        Sql.of(
            "update receipts set state = 'sending', leased_until = ? where id = ? and claim = ? and"
                + " state = 'claimed' and leased_until > ?",
            nowMillis + limits.leaseMillis(),
            receipt.id(),
            claim,
            nowMillis));
  }

  /** To be tried again then. */
  void requeue(Receipt receipt, String claim, long dueAtMillis, String reason) {
    var unused =
        change(
            Sql.of(
                "update receipts set state = 'queued', due_at = ?, reason = ? where id = ? and"
                    + " claim = ? and state in ('claimed', 'sending')",
                dueAtMillis,
                reason,
                receipt.id(),
                claim));
  }

  /** What was taken for unconfirmed, because it took so long, may turn out to be sent. */
  boolean end(Receipt receipt, String claim, End end, String reason, long nowMillis) {
    return change(
        Sql.of(
            "update receipts set state = ?, reason = ?, ended_at = ? where id = ? and claim = ? and"
                + " state in ('claimed', 'sending', 'unconfirmed')",
            end.key(),
            reason,
            nowMillis,
            receipt.id(),
            claim));
  }

  /** Those whose gateways are gone before the mail could leave are due again. */
  int requeueAbandoned(long nowMillis) {
    return changes(
        Sql.of(
            "update receipts set state = 'queued', claim = '' where state = 'claimed' and"
                + " leased_until <= ?",
            nowMillis));
  }

  /** Those whose gateways are gone when it may have left are never sent again. */
  int giveUpAbandoned(long nowMillis) {
    return changes(
        Sql.of(
            "update receipts set state = 'unconfirmed', reason = 'its gateway is gone', ended_at ="
                + " ? where state = 'sending' and leased_until <= ?",
            nowMillis,
            nowMillis));
  }

  /** Those of payments that are too long ago. */
  int expire(long nowMillis) {
    return changes(
        Sql.of(
            "update receipts set state = 'expired', ended_at = ? where state = 'queued' and at <"
                + " ?",
            nowMillis,
            nowMillis - limits.receiptMillisMax()));
  }

  /** The bonus that was booked after a top-up, for the same reference. */
  Optional<Bonus> bonus(Receipt receipt) {
    if (receipt.reference().isEmpty()) {
      return Optional.empty();
    }
    Sql sql =
        Sql.of(
            "select amount, balance_after from entries where account = ? and kind = 'bonus' and"
                + " position > ? and reference = ? and kind <> 'debit_inference' order by position"
                + " limit 1",
            receipt.account(),
            receipt.position(),
            receipt.reference());
    return records.read(
        connection -> sql.first(connection, row -> new Bonus(row.getLong(1), row.getLong(2))));
  }

  private boolean change(Sql sql) {
    return changes(sql) == 1;
  }

  private int changes(Sql sql) {
    return records.write(sql::change);
  }

  private static Receipt receipt(ResultSet row) throws SQLException {
    return new Receipt(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getLong(4),
        row.getLong(5),
        row.getString(6),
        row.getLong(7),
        row.getLong(8),
        (int) row.getLong(9));
  }
}
