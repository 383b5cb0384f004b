package dev.tollgate.archive;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteBooksTest extends BooksContract {
  @TempDir private Path directory;

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Embedded(directory);
  }
}
