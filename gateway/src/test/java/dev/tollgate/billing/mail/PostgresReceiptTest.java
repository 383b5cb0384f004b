package dev.tollgate.billing.mail;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.archive.PostgresForTests;

class PostgresReceiptTest extends ReceiptContract {
  private final String url = PostgresForTests.shared().newDatabase();

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Elsewhere(url);
  }
}
