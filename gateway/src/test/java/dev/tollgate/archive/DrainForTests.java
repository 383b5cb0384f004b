package dev.tollgate.archive;

import dev.tollgate.archive.DrainProbe.Step;
import dev.tollgate.ledger.RedisForTests;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What a gateway has of the archive: connections of its own, and a drain, which can be killed. */
final class DrainForTests implements AutoCloseable {
  /** Quick, and patient only where it must be. */
  static final DrainSettings SETTINGS = settings(20, 600_000, 20_000, 1_000_000, 3_600_000);

  static DrainSettings settings(
      int pollMillis,
      int claimIdleMillis,
      int catchUpMillisMax,
      int streamEventsMax,
      long keptMillis) {
    return new DrainSettings(
        100,
        40,
        4,
        pollMillis,
        100,
        claimIdleMillis,
        catchUpMillisMax,
        streamEventsMax,
        90,
        keptMillis,
        1_000_000,
        5,
        20,
        5_000);
  }

  /** A drain that ends at a step as if the process had. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  private final RedisForTests redis;
  private final Drain drain;
  private final CountDownLatch killed = new CountDownLatch(1);

  private DrainForTests(
      RedisForTests redis, DrainSettings settings, EventStore store, String name, Kill kill) {
    this.redis = redis;
    AtomicBoolean isDead = new AtomicBoolean();
    DrainProbe probe =
        (step, shard) -> {
          if (kill.step == step && (kill.shard < 0 || kill.shard == shard)) {
            isDead.set(true);
            die();
          }
          if (isDead.get()) {
            throw new Killed();
          }
        };
    this.drain =
        new Drain(
            settings,
            redis.connections().events(0),
            store,
            name,
            kill.step == null ? DrainProbe.NONE : probe);
  }

  /** When to die; never without a step, in any shard with a negative one. */
  private record Kill(@Nullable Step step, int shard) {}

  static DrainForTests of(DrainSettings settings, EventStore store, String name) {
    return new DrainForTests(RedisForTests.open(), settings, store, name, new Kill(null, -1));
  }

  /** On a Redis of the test's own. */
  static DrainForTests of(
      RedisForTests redis, DrainSettings settings, EventStore store, String name) {
    return new DrainForTests(redis, settings, store, name, new Kill(null, -1));
  }

  /** One that does nothing more once it has come to that step in that shard. */
  static DrainForTests dying(
      DrainSettings settings, EventStore store, String name, Step step, int shard) {
    return new DrainForTests(RedisForTests.open(), settings, store, name, new Kill(step, shard));
  }

  private void die() {
    drain.abandon();
    killed.countDown();
  }

  DrainForTests start() {
    drain.start();
    return this;
  }

  Drain drain() {
    return drain;
  }

  void awaitKilled() throws InterruptedException {
    if (!killed.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it never came to that step");
    }
  }

  @Override
  public void close() {
    drain.close();
    redis.close();
  }
}
