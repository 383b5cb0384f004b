package dev.tollgate.billing.invoice;

import dev.tollgate.billing.Sql;
import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What of an account's earlier invoices was not paid at the end of a month, so that nothing is
 * asked for twice. Lives within one transaction, in which nothing is paid on them.
 */
@Blocking
final class OpenInvoices {
  /**
   * @param thenCents open at that time
   * @param nowCents open now, less what has been paid since and what is about to be
   */
  private record Open(String invoice, long thenCents, long nowCents) {}

  private final List<Open> invoices;
  private final long cents;

  private OpenInvoices(List<Open> invoices) {
    this.invoices = invoices;
    this.cents = invoices.stream().mapToLong(Open::thenCents).sum();
  }

  /**
   * @param position the last entry of the month: payments that came after it do not count yet
   */
  static OpenInvoices lock(Connection connection, String account, long position)
      throws SQLException {
    Sql.of("update invoices set due_cents = due_cents where account = ?", account)
        .change(connection);
    Sql query =
        Sql.of(
            "select i.id, i.due_cents - i.settled_cents, (select coalesce(sum(p.cents), 0) from"
                + " invoice_payments p join entries e on e.id = p.entry where p.invoice = i.id and"
                + " e.position <= ?), (select coalesce(sum(p.cents), 0) from invoice_payments p"
                + " where p.invoice = i.id and p.state <> 'refused') from invoices i where"
                + " i.account = ? and i.due_cents > i.settled_cents order by i.month",
            position,
            account);
    return new OpenInvoices(
        query.all(
            connection,
            row -> {
              long due = row.getLong(2);
              return new Open(
                  row.getString(1),
                  Math.max(0, due - row.getLong(3)),
                  Math.max(0, due - row.getLong(4)));
            }));
  }

  /** Of all of them. */
  long cents() {
    return cents;
  }

  /**
   * Where less is owed than these ask for, money came in otherwise: it pays the oldest first.
   *
   * @param owedCents by how much the balance is below zero
   */
  void settle(Connection connection, long owedCents) throws SQLException {
    long rest = cents - owedCents;
    for (Open open : invoices) {
      long settled = Math.min(rest, open.nowCents());
      if (settled > 0) {
        Sql.of(
                "update invoices set settled_cents = settled_cents + ? where id = ?",
                settled,
                open.invoice())
            .change(connection);
        rest -= settled;
      }
    }
  }
}
