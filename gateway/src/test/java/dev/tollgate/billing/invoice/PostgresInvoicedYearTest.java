package dev.tollgate.billing.invoice;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.PostgresForTests;

class PostgresInvoicedYearTest extends InvoicedYearContract {
  private final String url = PostgresForTests.shared().newDatabase();

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Elsewhere(url);
  }
}
