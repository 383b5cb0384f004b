package dev.tollgate.app;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.Restore;
import dev.tollgate.config.GatewayConfig;
import dev.tollgate.config.Snapshot;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.EmbeddedRedis;
import dev.tollgate.ledger.LedgerConnections;
import dev.tollgate.ledger.RedisAddress;
import java.io.IOException;
import java.time.InstantSource;
import java.util.function.LongConsumer;

/** Puts the ledger back from the archive, both as a gateway's files name them. */
@Blocking
public final class LedgerRebuild {
  private LedgerRebuild() {}

  /**
   * @param progress told of the number of accounts that have been dealt with
   * @throws IOException when the embedded Redis cannot be started
   * @throws dev.tollgate.ledger.LedgerUnavailableException when Redis cannot be reached
   * @throws dev.tollgate.archive.ArchiveException when the archive cannot be read
   */
  public static Restore.Outcome run(Snapshot snapshot, LongConsumer progress) throws IOException {
    GatewayConfig gateway = snapshot.gateway();
    if (gateway.redis() instanceof GatewayConfig.Redis.Elsewhere elsewhere) {
      return run(gateway, elsewhere.address(), progress);
    }
    try (EmbeddedRedis redis =
        EmbeddedRedis.start(gateway.limits().embeddedRedis(gateway.dataDir()))) {
      return run(gateway, RedisAddress.of(redis.uri()), progress);
    }
  }

  private static Restore.Outcome run(
      GatewayConfig gateway, RedisAddress redis, LongConsumer progress) {
    try (Loops loops = Loops.start(1);
        Archive archive =
            Archive.open(gateway.limits().archive(gateway.archive(), gateway.dataDir()));
        LedgerConnections ledger =
            LedgerConnections.open(gateway.limits().ledger(redis), loops.all())) {
      ledger.archiveTo(archive.id(), archive.name());
      return new Restore(
              archive.reading(gateway.limits().audit().archiveQueryMillisMax()),
              ledger.restore(),
              gateway.limits().ledgerNowhere().tombstoneMillis(),
              gateway.limits().objects()::keptMillisOf,
              InstantSource.system())
          .run(progress);
    }
  }
}
