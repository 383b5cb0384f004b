package dev.tollgate.archive;

import java.nio.file.Path;

/**
 * Where the archive is, and how long it may take.
 *
 * @param where its database
 * @param readersMax who read at a time, each with a connection
 * @param readsWaitingMax questions that wait for one of them; more are refused
 * @param writersMax shards that are stored at a time, each by a thread with a connection; SQLite
 *     has one whatever this says
 * @param connectMillisMax for a connection, or until one is free
 * @param queryMillisMax for one question to the books
 * @param storeMillisMax for each statement that stores a batch
 * @param requestsKeptDays for how long single requests are kept; entries and rollups are kept for
 *     ever
 * @param rowsDroppedMax of requests in one transaction, where they are not dropped by the month
 */
public record ArchiveSettings(
    Where where,
    int readersMax,
    int readsWaitingMax,
    int writersMax,
    int connectMillisMax,
    int queryMillisMax,
    int storeMillisMax,
    int requestsKeptDays,
    int rowsDroppedMax) {
  /** Which database. */
  public sealed interface Where {}

  /**
   * A SQLite file.
   *
   * @param dataDirectory the gateway's; the file is {@code archive/archive.db} in it
   */
  public record Embedded(Path dataDirectory) implements Where {}

  /**
   * A SQLite file elsewhere, such as one for several gateways of one machine.
   *
   * @param file is made where it is not there; its directory must be
   */
  public record SqliteFile(Path file) implements Where {}

  /**
   * A PostgreSQL server.
   *
   * @param jdbcUrl {@code
   *     jdbc:postgresql://[user[:password]@]host[:port]/database[?user=…&password=…&…]}
   */
  public record Elsewhere(String jdbcUrl) implements Where {
    /** Without the password. */
    @Override
    public String toString() {
      try {
        return PostgresUrl.parse(jdbcUrl).name();
      } catch (IllegalArgumentException malformed) {
        return "(no URL of PostgreSQL)";
      }
    }
  }

  /** The defaults for everything but where. */
  public static ArchiveSettings of(Where where) {
    return new ArchiveSettings(where, 4, 256, 2, 5_000, 5_000, 30_000, 400, 5_000);
  }

  /** The same bounds for another place. */
  public ArchiveSettings at(Where other) {
    return new ArchiveSettings(
        other,
        readersMax,
        readsWaitingMax,
        writersMax,
        connectMillisMax,
        queryMillisMax,
        storeMillisMax,
        requestsKeptDays,
        rowsDroppedMax);
  }

  public ArchiveSettings {
    requireAtLeast("readersMax", readersMax, 1);
    requireAtLeast("readsWaitingMax", readsWaitingMax, 1);
    requireAtLeast("writersMax", writersMax, 1);
    requireAtLeast("connectMillisMax", connectMillisMax, 250);
    requireAtLeast("queryMillisMax", queryMillisMax, 1);
    requireAtLeast("storeMillisMax", storeMillisMax, 1);
    requireAtLeast("requestsKeptDays", requestsKeptDays, 1);
    requireAtLeast("rowsDroppedMax", rowsDroppedMax, 1);
  }

  private static void requireAtLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
    }
  }
}
