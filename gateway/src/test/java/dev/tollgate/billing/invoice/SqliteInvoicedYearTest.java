package dev.tollgate.billing.invoice;

import dev.tollgate.archive.ArchiveSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteInvoicedYearTest extends InvoicedYearContract {
  @TempDir private Path directory;

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Embedded(directory);
  }
}
