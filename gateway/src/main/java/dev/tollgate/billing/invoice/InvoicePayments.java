package dev.tollgate.billing.invoice;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What was paid on invoices. A payment is noted first, then booked by the ledger under an id of its
 * own, then counted; whoever finds one that is only noted books it. Thread-safe.
 */
@Blocking
public final class InvoicePayments {
  private static final String COLUMNS =
      "p.id, p.account, p.invoice, p.cents, p.reference, p.state, p.at, i.number";
  private static final String FROM =
      " from invoice_payments p join invoices i on i.id = p.invoice ";

  private final Records records;

  public InvoicePayments(Records records) {
    this.records = records;
  }

  /** What has come of a payment. */
  public enum State {
    PENDING,
    BOOKED,
    REFUSED
  }

  /**
   * A payment.
   *
   * @param number of the invoice
   * @param reference of the operator; may be empty
   */
  public record Payment(
      String id,
      String account,
      String invoice,
      String number,
      long cents,
      String reference,
      State state,
      long atMillis) {
    /** What the ledger books: a top-up that names the invoice. */
    public Credit credit() {
      return new Credit(
          creditId(invoice, id),
          new AccountId(account),
          Credit.Kind.TOPUP,
          Math.multiplyExact(cents, Money.NANO_PER_CENT),
          number);
    }
  }

  /** What an operator says was paid. */
  public record NewPayment(
      String id,
      AccountId account,
      String invoice,
      long cents,
      String reference,
      String idempotencyKey,
      long atMillis) {}

  /** Whether it is noted. */
  public sealed interface Noted {
    /**
     * @param isReplay whether it had been before, by the same key
     */
    record Taken(Payment payment, boolean isReplay) implements Noted {}

    /** The account has no such invoice. */
    record NoInvoice() implements Noted {}

    /** The key was used for another payment. */
    record Conflict() implements Noted {}

    /** More than is open. */
    record TooMuch(long openCents) implements Noted {}
  }

  private static String creditId(String invoice, String payment) {
    return "invoice:" + invoice + ":payment:" + payment;
  }

  /** Notes a payment, unless more would be paid than is open. */
  public Noted note(NewPayment payment) {
    return records.write(connection -> note(connection, payment));
  }

  private static Noted note(Connection connection, NewPayment asked) throws SQLException {
    String account = asked.account().value();
    int there =
        Sql.of(
                "update invoices set due_cents = due_cents where id = ? and account = ?",
                asked.invoice(),
                account)
            .change(connection);
    if (there == 0) {
      return new Noted.NoInvoice();
    }
    Optional<Payment> known =
        Sql.of(
                "select " + COLUMNS + FROM + "where p.account = ? and p.idempotency_key = ?",
                account,
                asked.idempotencyKey())
            .first(connection, InvoicePayments::payment);
    if (known.isPresent()) {
      return isSame(known.get(), asked) ? new Noted.Taken(known.get(), true) : new Noted.Conflict();
    }
    long open = openCents(connection, asked.invoice());
    if (asked.cents() > open) {
      return new Noted.TooMuch(open);
    }
    Sql.of(
            "insert into invoice_payments (id, account, invoice, idempotency_key, cents, reference,"
                + " state, at, entry) values (?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
            asked.id(),
            account,
            asked.invoice(),
            asked.idempotencyKey(),
            asked.cents(),
            asked.reference(),
            asked.atMillis(),
            creditId(asked.invoice(), asked.id()) + ":credit")
        .change(connection);
    return new Noted.Taken(byId(connection, asked.id()), false);
  }

  private static boolean isSame(Payment known, NewPayment asked) {
    return known.invoice().equals(asked.invoice())
        && known.cents() == asked.cents()
        && known.reference().equals(asked.reference());
  }

  /** With what is about to be paid taken for paid. */
  private static long openCents(Connection connection, String invoice) throws SQLException {
    return Sql.of(
            "select due_cents - settled_cents - (select coalesce(sum(cents), 0) from"
                + " invoice_payments where invoice = ? and state <> 'refused') from invoices where"
                + " id = ?",
            invoice,
            invoice)
        .first(connection, row -> Math.max(0, row.getLong(1)))
        .orElse(0L);
  }

  /** Counts a payment that the ledger has booked; one that it cannot book is as if it never was. */
  public Payment conclude(Payment payment, CreditOutcome outcome) {
    return records.write(connection -> conclude(connection, payment, outcome));
  }

  private static Payment conclude(Connection connection, Payment payment, CreditOutcome outcome)
      throws SQLException {
    boolean isBooked = outcome instanceof CreditOutcome.Credited;
    int concluded =
        Sql.of(
                "update invoice_payments set state = ?, idempotency_key = case when ? = 1 then"
                    + " idempotency_key else 'refused:' || id end where id = ? and state ="
                    + " 'pending'",
                isBooked ? "booked" : "refused",
                isBooked ? 1L : 0L,
                payment.id())
            .change(connection);
    if (concluded == 1 && isBooked) {
      Sql.of(
              "update invoices set paid_cents = paid_cents + ? where id = ?",
              payment.cents(),
              payment.invoice())
          .change(connection);
    }
    return byId(connection, payment.id());
  }

  /** Those that are only noted, and were before a time. */
  List<Payment> pending(long beforeMillis, int limit) {
    return records.read(
        connection ->
            Sql.of(
                    "select "
                        + COLUMNS
                        + FROM
                        + "where p.state = 'pending' and p.at < ? order by p.at limit ?",
                    beforeMillis,
                    limit)
                .all(connection, InvoicePayments::payment));
  }

  /** The payments of an invoice, oldest first. */
  public List<Payment> of(String invoice) {
    return records.read(
        connection ->
            Sql.of(
                    "select "
                        + COLUMNS
                        + FROM
                        + "where p.invoice = ? and p.state <> 'refused' order by p.at, p.id",
                    invoice)
                .all(connection, InvoicePayments::payment));
  }

  private static Payment byId(Connection connection, String id) throws SQLException {
    return Sql.of("select " + COLUMNS + FROM + "where p.id = ?", id)
        .first(connection, InvoicePayments::payment)
        .orElseThrow();
  }

  private static Payment payment(ResultSet row) throws SQLException {
    return new Payment(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(8),
        row.getLong(4),
        row.getString(5),
        Spelling.read(State.class, row.getString(6)),
        row.getLong(7));
  }
}
