package dev.tollgate.archive;

import java.util.List;

/**
 * Where the drain puts what it has read. Blocks; from {@link #writersMax} threads at a time, no two
 * of them with the same shard.
 */
public interface EventStore {
  /**
   * Stores all of them or none: entries, requests and rollups, in one transaction. An event that is
   * there already, by its id, changes nothing, in whatever batch and from whatever gateway it
   * comes.
   *
   * @param events of one shard, in the order of their positions
   * @return how many of them were new
   * @throws ArchiveException when the database is away, full, too slow or of another version;
   *     nothing has been stored then, or all of it, and the same batch may come again. It is an
   *     {@link ArchiveAwayException} where no event can be to blame
   */
  int store(int shard, List<ArchiveEvent> events);

  /** How many shards it stores at a time; more only wait for each other. */
  default int writersMax() {
    return 1;
  }
}
