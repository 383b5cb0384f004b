package dev.tollgate.ledger;

import java.nio.file.Path;

/** A program that starts an embedded Redis, says so, and stays until it is killed. */
final class EmbeddedRedisHost {
  private EmbeddedRedisHost() {}

  public static void main(String[] arguments) throws InterruptedException {
    EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(Path.of(arguments[0])));
    System.out.println("\nready " + redis.version());
    Thread.currentThread().join();
  }
}
