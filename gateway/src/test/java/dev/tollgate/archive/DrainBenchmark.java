package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.EmbeddedRedis;
import dev.tollgate.ledger.EmbeddedRedisSettings;
import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.StreamPlace;
import dev.tollgate.ledger.StreamState;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Prints how many events a second a gateway copies from Redis into each database. No test: it
 * asserts nothing about time. docs/benchmarks.md says how it is run.
 *
 * <p>For each round the streams of a Redis, as a gateway runs it, are filled by {@link
 * BenchmarkTraffic}; then a {@link Drain} with its defaults is started over a new archive, and the
 * time is taken until Redis says that every event has been acknowledged. Round 0 warms up, and is
 * shorter.
 */
public final class DrainBenchmark {
  private static final int ROUNDS = 3;
  private static final int PARTS = 5;
  private static final int WRITES_WAITING_MAX = 4_000;
  private static final long ROUND_SECONDS_MAX = 600;
  private static final long SEED = 5;

  private final RedisForTests redis;
  private final LongSupplier redisMillis;

  private record Round(double mean, double medianOfParts) {}

  /** How a database is used for a round. */
  private interface Place {
    ArchiveSettings.Where next() throws IOException;
  }

  private DrainBenchmark(RedisForTests redis, LongSupplier redisMillis) {
    this.redis = redis;
    this.redisMillis = redisMillis;
  }

  /**
   * @param arguments how many requests in a round; which database alone
   */
  public static void main(String[] arguments) throws Exception {
    int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300_000;
    String only = arguments.length > 1 ? arguments[1] : "";
    Path directory = Files.createTempDirectory("tollgate-drain-");
    try (EmbeddedRedis server =
            EmbeddedRedis.start(EmbeddedRedisSettings.of(directory.resolve("redis")));
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      DrainBenchmark benchmark = new DrainBenchmark(redis, () -> processorMillis(redisProcesses()));
      if (!only.equals("postgresql")) {
        benchmark.measure(
            "SQLite",
            () ->
                new ArchiveSettings.Embedded(
                    Files.createTempDirectory(directory, "archive").toAbsolutePath()),
            requests,
            () -> 0);
      }
      if (!only.equals("sqlite")) {
        try (PostgresForTests database = PostgresForTests.start()) {
          benchmark.measure(
              "PostgreSQL",
              () -> new ArchiveSettings.Elsewhere(database.newDatabase()),
              requests,
              database::processorMillis);
        }
      }
    } finally {
      delete(directory);
    }
  }

  private void measure(String name, Place place, int requests, LongSupplier serverMillis)
      throws IOException, SQLException, InterruptedException {
    List<Round> rounds = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      int asMany = round == 0 ? requests / 3 : requests;
      ArchiveSettings.Where where = place.next();
      try (Archive archive = Archive.open(ArchiveSettings.of(where))) {
        long events = fill(asMany);
        Round measured = drain(name + ", round " + round, archive.store(), events, serverMillis);
        if (round > 0) {
          rounds.add(measured);
        }
      }
      if (round == ROUNDS) {
        ArchiveSizes.print(where, asMany);
      }
      redis.flushAll();
    }
    System.out.printf(
        Locale.ROOT,
        "%s: median of %d rounds: %,.0f events a second; in the middle part of each, %,.0f%n",
        name,
        ROUNDS,
        median(rounds.stream().mapToDouble(Round::mean).toArray()),
        median(rounds.stream().mapToDouble(Round::medianOfParts).toArray()));
  }

  /** Returns how many events there are. */
  private long fill(int requests) {
    BenchmarkTraffic traffic = new BenchmarkTraffic(SEED, requests);
    List<CompletionStage<String>> waiting = new ArrayList<>();
    long events = 0;
    while (traffic.hasNext()) {
      for (ArchiveEvent event : traffic.next()) {
        StreamPlace place = new StreamPlace(event.number("at"), events++ % (1 << 20));
        waiting.add(redis.write(new AccountId(event.field("account")), place, event.fields()));
      }
      if (waiting.size() >= WRITES_WAITING_MAX) {
        waiting.forEach(RedisForTests::await);
        waiting.clear();
      }
    }
    waiting.forEach(RedisForTests::await);
    return events;
  }

  private Round drain(String name, EventStore store, long events, LongSupplier serverMillis)
      throws InterruptedException {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    EventStreams streams = redis.connections().events(0);
    long ownStart = ownMillis();
    long redisStart = redisMillis.getAsLong();
    long serverStart = serverMillis.getAsLong();
    long threadsStart = threadMillis("");
    long storing;
    long threads;
    long[] reached = new long[PARTS];
    long start = System.nanoTime();
    try (Drain drain = new Drain(DrainSettings.DEFAULT, streams, store, "benchmark")) {
      drain.start();
      for (int part = 0; part < PARTS; part++) {
        awaitStored(drain, events * (part + 1) / PARTS);
        reached[part] = System.nanoTime();
      }
      awaitAcknowledged(streams);
      reached[PARTS - 1] = System.nanoTime();
      storing = threadMillis("archive-drain");
      threads = threadMillis("") - threadsStart;
      if (drain.stored() != events || drain.failures() > 0) {
        throw new IllegalStateException(
            "%d events stored of %d, %d failures"
                .formatted(drain.stored(), events, drain.failures()));
      }
    }
    double[] parts = new double[PARTS];
    for (int part = 0; part < PARTS; part++) {
      long from = part == 0 ? start : reached[part - 1];
      parts[part] = events / (double) PARTS / ((reached[part] - from) / 1e9);
    }
    Round round = new Round(events / ((reached[PARTS - 1] - start) / 1e9), median(parts));
    System.out.printf(
        Locale.ROOT,
        "%s: %,d events, %,.0f a second (by fifths %s); µs of a processor for each: gateway %.1f"
            + " (storing %.1f, its other threads %.1f, the rest for compiler and collector), Redis"
            + " %.1f, database server %.1f; load average before %.1f%n",
        name,
        events,
        round.mean,
        Arrays.stream(parts).mapToObj(part -> "%,.0f".formatted(part)).toList(),
        (ownMillis() - ownStart) * 1e3 / events,
        storing * 1e3 / events,
        (threads - storing) * 1e3 / events,
        (redisMillis.getAsLong() - redisStart) * 1e3 / events,
        (serverMillis.getAsLong() - serverStart) * 1e3 / events,
        load);
    return round;
  }

  private static void awaitStored(Drain drain, long events) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ROUND_SECONDS_MAX);
    while (drain.stored() < events) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("no more than " + drain.stored() + " events are stored");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private static void awaitAcknowledged(EventStreams streams) throws InterruptedException {
    for (int shard = 0; shard < streams.shards(); shard++) {
      StreamState state = RedisForTests.await(streams.state(shard));
      while (state.pending() > 0 || state.waiting() > 0) {
        TimeUnit.MILLISECONDS.sleep(1);
        state = RedisForTests.await(streams.state(shard));
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Of the threads of that name, as far as they live. */
  private static long threadMillis(String name) {
    ThreadMXBean all = ManagementFactory.getThreadMXBean();
    return LongStream.of(all.getAllThreadIds())
            .filter(
                thread -> {
                  ThreadInfo info = all.getThreadInfo(thread);
                  return info != null && info.getThreadName().startsWith(name);
                })
            .map(all::getThreadCpuTime)
            .sum()
        / 1_000_000;
  }

  private static long ownMillis() {
    return processorMillis(Stream.of(ProcessHandle.current()));
  }

  private static Stream<ProcessHandle> redisProcesses() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().commandLine().orElse("").contains("redis"));
  }

  private static long processorMillis(Stream<ProcessHandle> processes) {
    return processes
        .flatMapToLong(
            process ->
                process.info().totalCpuDuration().map(Duration::toMillis).stream()
                    .flatMapToLong(LongStream::of))
        .sum();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
