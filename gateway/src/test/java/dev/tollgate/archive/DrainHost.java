package dev.tollgate.archive;

import dev.tollgate.archive.DrainProbe.Step;
import dev.tollgate.ledger.RedisForTests;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process that archives until it comes to a step in a shard, and dies there without a word. */
final class DrainHost {
  static final int KILLED = 137;

  private DrainHost() {}

  /**
   * @param arguments the Redis, the file, the step, the shard
   */
  public static void main(String[] arguments) throws InterruptedException {
    RedisForTests redis = RedisForTests.open(RedisForTests.settings(arguments[0]), 1);
    EventFile file = EventFile.open(Path.of(arguments[1]));
    Step last = Step.valueOf(arguments[2]);
    int where = Integer.parseInt(arguments[3]);
    Drain drain =
        new Drain(
            DrainForTests.settings(20, 600_000, 20_000, 1_000_000, 0),
            redis.connections().events(0),
            file,
            "one",
            (step, shard) -> {
              if (step == last && shard == where) {
                Runtime.getRuntime().halt(KILLED);
              }
            });
    drain.start();
    TimeUnit.SECONDS.sleep(60);
    Runtime.getRuntime().halt(1);
  }
}
