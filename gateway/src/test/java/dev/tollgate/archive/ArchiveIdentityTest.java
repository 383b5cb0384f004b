package dev.tollgate.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The events of a Redis go to one archive: two gateways with two would each get a part of them. */
@Tag(RedisForTests.ON_ITS_OWN)
class ArchiveIdentityTest {
  @TempDir private Path directory;

  private Archive open(String name) {
    return Archive.open(
        ArchiveSettings.of(new ArchiveSettings.SqliteFile(directory.resolve(name))));
  }

  @Test
  void id_staysWithItsDatabase_andIsNoOthers() {
    String id;
    try (Archive first = open("first.db")) {
      id = first.id();
    }
    try (Archive again = open("first.db");
        Archive second = open("second.db")) {
      assertThat(again.id()).isEqualTo(id).matches("[0-9a-f]{32}");
      assertThat(second.id()).isNotEqualTo(id);
    }
  }

  @Test
  void id_ofPostgreSql_isLikeIt() {
    String url = PostgresForTests.shared().newDatabase();
    try (Archive archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Elsewhere(url)))) {
      assertThat(archive.id()).matches("[0-9a-f]{32}");
    }
  }

  @Test
  void secondArchive_ofARedis_isRefused_untilItHasForgottenTheFirst() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests one = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
        RedisForTests other = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
        Archive first = open("first.db");
        Archive second = open("second.db")) {
      one.connections().archiveTo(first.id(), first.name());
      other.connections().archiveTo(first.id(), first.name());

      assertThatThrownBy(() -> other.connections().archiveTo(second.id(), second.name()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(first.id())
          .hasMessageContaining("second.db")
          .hasMessageContaining("tg:meta");

      one.flushAll();
      other.connections().archiveTo(second.id(), second.name());
      assertThatThrownBy(() -> one.connections().archiveTo(first.id(), first.name()))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
