package dev.tollgate.ledger;

import java.nio.file.Path;

/**
 * How to run a Redis of our own.
 *
 * @param dataDirectory the gateway's; Redis gets {@code redis} in it
 * @param searchPath directories in which to look for a redis-server or valkey-server, separated as
 *     in {@code PATH}; empty to use the bundled one
 * @param startMillisMax until it answers; loading its data is not counted
 * @param stopMillisMax until it has stopped in good order; it is killed then
 * @param restartMillisMax the longest pause before it is started again when it has died
 * @param logBytesMax of its log, looked at when it is started
 */
public record EmbeddedRedisSettings(
    Path dataDirectory,
    String searchPath,
    long startMillisMax,
    long stopMillisMax,
    long restartMillisMax,
    long logBytesMax) {

  /** Settings with the defaults for everything but where; looks for a server on the PATH. */
  public static EmbeddedRedisSettings of(Path dataDirectory) {
    String searchPath = System.getenv().getOrDefault("PATH", "");
    return new EmbeddedRedisSettings(dataDirectory, searchPath, 30_000, 10_000, 5_000, 1 << 20);
  }

  /** The same with the bundled server, whatever else there is. */
  public EmbeddedRedisSettings bundled() {
    return new EmbeddedRedisSettings(
        dataDirectory, "", startMillisMax, stopMillisMax, restartMillisMax, logBytesMax);
  }
}
