package dev.tollgate.archive;

class PostgresBooksTest extends BooksContract {
  private final String url = PostgresForTests.shared().newDatabase();

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Elsewhere(url);
  }
}
