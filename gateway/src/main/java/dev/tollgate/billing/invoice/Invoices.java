package dev.tollgate.billing.invoice;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Invoices that have been made, for who may see them. Thread-safe. */
@Blocking
public final class Invoices {
  private static final String COLUMNS =
      "select document, paid_cents, settled_cents, overdue_at from invoices where ";
  private static final String IS_PAID = "due_cents <= paid_cents + settled_cents";
  private static final String IS_OPEN = "due_cents > paid_cents + settled_cents";

  private final Records records;

  public Invoices(Records records) {
    this.records = records;
  }

  /**
   * @param total of all pages
   */
  public record Page(List<StoredInvoice> invoices, long total) {}

  /**
   * Which invoices.
   *
   * @param account null for all accounts
   * @param status null for all; as of {@code nowMillis}
   */
  public record Filter(
      @Nullable AccountId account, StoredInvoice.@Nullable Status status, long nowMillis) {}

  /** Newest months first. */
  public Page page(Filter filter, long offset, int limit) {
    List<Object> values = new ArrayList<>();
    String where = where(filter, values);
    Sql count = new Sql("select count(*) from invoices where " + where, List.copyOf(values));
    values.add(limit);
    values.add(offset);
    Sql page =
        new Sql(COLUMNS + where + " order by month desc, number desc limit ? offset ?", values);
    return records.read(
        connection ->
            new Page(
                page.all(connection, Invoices::invoice),
                count.first(connection, row -> row.getLong(1)).orElse(0L)));
  }

  private static String where(Filter filter, List<Object> values) {
    List<String> all = new ArrayList<>(List.of("1 = 1"));
    if (filter.account() != null) {
      all.add("account = ?");
      values.add(filter.account().value());
    }
    switch (filter.status()) {
      case null -> {}
      case PAID -> all.add(IS_PAID);
      case OVERDUE -> {
        all.add(IS_OPEN + " and overdue_at <= ?");
        values.add(filter.nowMillis());
      }
      case OPEN -> {
        all.add(IS_OPEN + " and overdue_at > ? and paid_cents + settled_cents = 0");
        values.add(filter.nowMillis());
      }
      case PARTLY_PAID -> {
        all.add(IS_OPEN + " and overdue_at > ? and paid_cents + settled_cents > 0");
        values.add(filter.nowMillis());
      }
    }
    return String.join(" and ", all);
  }

  /** Empty where the account has no such invoice. */
  public Optional<StoredInvoice> find(AccountId account, String id) {
    return records.read(
        connection ->
            Sql.of(COLUMNS + "id = ? and account = ?", id, account.value())
                .first(connection, Invoices::invoice));
  }

  private static StoredInvoice invoice(ResultSet row) throws SQLException {
    return new StoredInvoice(
        InvoiceDocument.read(row.getString(1)), row.getLong(2), row.getLong(3), row.getLong(4));
  }
}
