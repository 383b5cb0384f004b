package dev.tollgate.billing.invoice;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.billing.invoice.Invoice.Due;
import dev.tollgate.billing.invoice.Invoice.Tax;
import dev.tollgate.billing.invoice.InvoiceProbe.Step;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Money;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where invoices are made: each by one transaction, which moves the head of its account, takes the
 * next number and stores it, or does nothing of that. Thread-safe.
 */
@Blocking
final class InvoiceBook {
  private final Records records;
  private final InvoiceProbe probe;

  InvoiceBook(Records records, InvoiceProbe probe) {
    this.records = records;
    this.probe = probe;
  }

  /**
   * How far an account is invoiced.
   *
   * @param position of its last entry that is on an invoice; 0 for none
   * @param closingNanoUsd what its entries up to there come to
   */
  record Head(YearMonth month, long position, long closingNanoUsd) {}

  /**
   * @param head null where it was never looked at
   */
  record Behind(String account, @Nullable Head head) {}

  /**
   * An invoice that lacks what only the transaction knows.
   *
   * @param position of the last entry that is on it
   */
  record Draft(
      String id,
      YearMonth month,
      long position,
      long madeAtMillis,
      boolean isByInvoice,
      Buyer buyer,
      Statement statement,
      InvoiceSettings settings) {}

  /** Accounts that have entries and are not invoiced through a month, by their ids. */
  List<Behind> behind(YearMonth month, String after, int limit) {
    Sql query =
        Sql.of(
            "select s.account, h.month, h.position, h.closing from (select distinct account from"
                + " entry_sums where account > ?) as s left join invoice_heads h on h.account ="
                + " s.account where h.account is null or h.month < ? order by s.account limit ?",
            after,
            Months.index(month),
            limit);
    return records.read(connection -> query.all(connection, InvoiceBook::behind));
  }

  private static Behind behind(ResultSet row) throws SQLException {
    String account = row.getString(1);
    long index = row.getLong(2);
    return row.wasNull()
        ? new Behind(account, null)
        : new Behind(account, new Head(Months.ofIndex(index), row.getLong(3), row.getLong(4)));
  }

  /** Nothing happened in the months up to that one. */
  void skip(String account, @Nullable Head head, YearMonth month) {
    Head moved =
        head == null
            ? new Head(month, 0, 0)
            : new Head(month, head.position(), head.closingNanoUsd());
    var unused = records.write(connection -> moveHead(connection, account, head, moved));
  }

  /**
   * Makes an invoice.
   *
   * @param head as it was when the draft was drawn
   * @return empty when another gateway was first
   */
  Optional<Invoice> make(Draft draft, @Nullable Head head) {
    return records.write(connection -> make(connection, draft, head));
  }

  private Optional<Invoice> make(Connection connection, Draft draft, @Nullable Head head)
      throws SQLException {
    String account = draft.buyer().account();
    Statement statement = draft.statement();
    Head moved = new Head(draft.month(), draft.position(), statement.closing().nanoUsd());
    if (!moveHead(connection, account, head, moved)) {
      return Optional.empty();
    }
    probe.at(Step.HEAD_MOVED);
    @Nullable TaxRate rate = draft.settings().tax();
    long base = statement.total().cents();
    @Nullable Tax tax = rate == null ? null : new Tax(rate, base, rate.cents(base));
    long added = tax == null ? 0 : tax.addedCents();
    OpenInvoices open = OpenInvoices.lock(connection, account, draft.position());
    long owed = Math.max(0, added - statement.closing().cents());
    open.settle(connection, owed);
    long due = draft.isByInvoice() ? Math.max(0, owed - open.cents()) : 0;
    LocalDate issued = Months.day(draft.madeAtMillis());
    @Nullable LocalDate on = due == 0 ? null : issued.plusDays(draft.settings().paymentDays());
    Invoice invoice =
        new Invoice(
            draft.id(),
            draft.settings().numberPrefix() + number(connection),
            draft.month(),
            issued,
            draft.settings().seller(),
            draft.buyer(),
            statement.charges(),
            statement.movements(),
            statement.opening(),
            statement.total(),
            statement.closing(),
            tax,
            new Due(draft.isByInvoice(), due, on, Math.min(open.cents(), owed)));
    probe.at(Step.NUMBERED);
    insert(connection, draft, invoice);
    probe.at(Step.INSERTED);
    return Optional.of(invoice);
  }

  /** Whether it was where it was thought to be; whoever moves it at the same time waits. */
  private static boolean moveHead(
      Connection connection, String account, @Nullable Head from, Head to) throws SQLException {
    Sql query =
        from == null
            ? Sql.of(
                "insert into invoice_heads (account, month, position, closing) values (?, ?, ?, ?)"
                    + " on conflict (account) do nothing",
                account,
                Months.index(to.month()),
                to.position(),
                to.closingNanoUsd())
            : Sql.of(
                "update invoice_heads set month = ?, position = ?, closing = ? where account = ?"
                    + " and month = ? and position = ?",
                Months.index(to.month()),
                to.position(),
                to.closingNanoUsd(),
                account,
                Months.index(from.month()),
                from.position());
    return query.change(connection) == 1;
  }

  /** The next one. From here to the end of the transaction nobody else has one. */
  private static String number(Connection connection) throws SQLException {
    return Sql.of(
            "update invoice_numbers set last = last + 1 where series = 'invoices' returning last")
        .first(connection, row -> String.format(Locale.ROOT, "%06d", row.getLong(1)))
        .orElseThrow();
  }

  private static void insert(Connection connection, Draft draft, Invoice invoice)
      throws SQLException {
    @Nullable LocalDate on = invoice.due().on();
    Sql.of(
            "insert into invoices (id, number, account, month, position, made_at, due_cents,"
                + " overdue_at, tax_to_book, document) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            invoice.id(),
            invoice.number(),
            invoice.buyer().account(),
            Months.index(invoice.month()),
            draft.position(),
            draft.madeAtMillis(),
            invoice.due().cents(),
            on == null ? 0L : Months.startMillis(on.plusDays(1)),
            -Math.multiplyExact(invoice.addedTaxCents(), Money.NANO_PER_CENT),
            InvoiceDocument.write(invoice))
        .change(connection);
  }

  /**
   * Tax that has yet to be taken off a balance.
   *
   * @param amountNanoUsd of the adjustment: below zero
   */
  record UnbookedTax(String invoice, String account, String number, long amountNanoUsd) {}

  List<UnbookedTax> unbookedTaxes(int limit) {
    return records.read(
        connection ->
            Sql.of(
                    "select id, account, number, tax_to_book from invoices where tax_booked = 0 and"
                        + " tax_to_book <> 0 order by made_at limit ?",
                    limit)
                .all(
                    connection,
                    row ->
                        new UnbookedTax(
                            row.getString(1), row.getString(2), row.getString(3), row.getLong(4))));
  }

  void markTaxBooked(String invoice) {
    var unused =
        records.write(
            connection ->
                Sql.of("update invoices set tax_booked = 1 where id = ?", invoice)
                    .change(connection));
  }
}
