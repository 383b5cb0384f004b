package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
  @TempDir Path directory;

  @Test
  void smoke() {
    for (ArchiveSettings.Where where :
        List.of(
            new ArchiveSettings.Embedded(directory),
            new ArchiveSettings.Elsewhere(PostgresForTests.shared().newDatabase()))) {
      try (Archive archive = Archive.open(ArchiveSettings.of(where))) {
        System.out.println(archive.name());
        List<ArchiveEvent> events =
            List.of(
                settle(1, "req_1", 500),
                reap(2, "req_2", 70),
                reversal(3, "req_2", 70),
                settle(4, "req_2", 90),
                adjustment(5, "req_2", -10),
                credit(6, "c1", 1000),
                release(7, "req_3", "failed"));
        assertThat(archive.store().store(7, events)).isEqualTo(7);
        assertThat(archive.store().store(7, events)).isEqualTo(0);
        System.out.println(
            archive.books().entries(new AccountId("acct_1"), Books.EntryFilter.ALL, 0, 10));
        System.out.println(archive.books().usage(new Books.UsageScope(null, null, null, null)));
        System.out.println(
            archive.books().requests(new AccountId("acct_1"), Books.RequestFilter.ALL, 10));
      }
    }
  }
}
