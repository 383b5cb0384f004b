package dev.tollgate.ledger;

import java.nio.file.Path;

/** Which redis-server the tests run. */
final class RedisBinaries {
  private static final String CHOICE = System.getProperty("tollgate.test.redis", "");

  private RedisBinaries() {}

  /** Whether the tests that share a Redis share a cluster. */
  static boolean isCluster() {
    return CHOICE.equals("cluster");
  }

  /** Where to look for a server; nowhere when it has to be the bundled one. */
  static String searchPath() {
    return CHOICE.equals("bundled") ? "" : System.getenv().getOrDefault("PATH", "");
  }

  static RedisBinary find(Path extracted) {
    return RedisBinary.find(searchPath(), extracted);
  }
}
