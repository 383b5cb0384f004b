package dev.tollgate.archive;

import dev.tollgate.archive.ArchiveInquiries.Inquiry;
import dev.tollgate.archive.ArchiveInquiries.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Prints how long the books take to answer each question over an archive of many requests, and how
 * PostgreSQL finds the answers. No test: it asserts nothing about time. docs/benchmarks.md says how
 * it is run; {@link DrainBenchmark} measures how quickly an archive is filled.
 */
public final class ArchiveBenchmark {
  private static final int SHARDS = 64;
  private static final int BATCH = 1_000;
  private static final int ANSWERS = 400;
  private static final long SEED = 5;

  private ArchiveBenchmark() {}

  /**
   * @param arguments how many requests; which database; of PostgreSQL, the file for the plans
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    String which = arguments.length > 1 ? arguments[1] : "postgresql";
    if (which.equals("sqlite")) {
      Path directory = Files.createTempDirectory("tollgate-archive-");
      try {
        measure(new ArchiveSettings.Embedded(directory), requests, null);
      } finally {
        delete(directory);
      }
      return;
    }
    try (PostgresForTests server = PostgresForTests.start()) {
      Path plans = arguments.length > 2 ? Path.of(arguments[2]) : null;
      measure(new ArchiveSettings.Elsewhere(server.newDatabase()), requests, plans);
    }
  }

  private static void measure(
      ArchiveSettings.Where where, int requests, @org.jspecify.annotations.Nullable Path plans)
      throws SQLException, IOException {
    try (Archive archive = Archive.open(ArchiveSettings.of(where))) {
      fill(archive.store(), requests);
      ArchiveSizes.print(where, requests);
      Random random = new Random(SEED);
      StringBuilder page = new StringBuilder();
      for (Inquiry inquiry : new ArchiveInquiries(archive.books(), random).all()) {
        String times = times(inquiry, random);
        System.out.printf("%s, %s: %s%n", inquiry.call(), inquiry.name(), times);
        if (plans != null) {
          page.append("\n## `%s`: %s%n%n%s%n".formatted(inquiry.call(), inquiry.name(), times));
          for (Step step : inquiry.draw().apply(0)) {
            page.append(plan(archive, step.question()));
          }
        }
      }
      if (plans != null) {
        Files.writeString(plans, page);
      }
    }
  }

  private static void fill(EventStore store, int requests) {
    BenchmarkTraffic traffic = new BenchmarkTraffic(SEED, requests);
    List<List<ArchiveEvent>> waiting = new ArrayList<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      waiting.add(new ArrayList<>());
    }
    long events = 0;
    while (traffic.hasNext()) {
      for (ArchiveEvent event : traffic.next()) {
        int shard = Math.floorMod(event.field("account").hashCode(), SHARDS);
        long position = (event.number("at") << 20) + events++ % (1 << 20);
        List<ArchiveEvent> batch = waiting.get(shard);
        batch.add(new ArchiveEvent(shard, position, event.fields()));
        if (batch.size() == BATCH) {
          store.store(shard, batch);
          batch.clear();
        }
      }
    }
    for (int shard = 0; shard < SHARDS; shard++) {
      store.store(shard, waiting.get(shard));
    }
  }

  /** Of calls of which half are by the account that has a third of everything. */
  private static String times(Inquiry inquiry, Random random) {
    long[] micros = new long[ANSWERS];
    for (int i = 0; i < ANSWERS; i++) {
      int who = i % 2 == 0 ? 0 : BenchmarkTraffic.account(random);
      List<Step> steps = inquiry.draw().apply(who);
      long start = System.nanoTime();
      steps.forEach(step -> step.ask().run());
      micros[i] = (System.nanoTime() - start) / 1_000;
    }
    Arrays.sort(micros);
    return String.format(
        Locale.ROOT,
        "median %.1f ms, p99 %.1f ms, longest %.1f ms",
        micros[ANSWERS / 2] / 1e3,
        micros[ANSWERS * 99 / 100] / 1e3,
        micros[ANSWERS - 1] / 1e3);
  }

  /** As Markdown. */
  private static String plan(Archive archive, Question question) throws SQLException {
    StringBuilder text = new StringBuilder("\n    " + question.sql() + "\n\n");
    try (Connection connection = archive.reading(60_000).getConnection();
        PreparedStatement statement =
            connection.prepareStatement("explain (analyze, buffers) " + question.sql())) {
      question.bind(statement);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          text.append("    ").append(rows.getString(1)).append('\n');
        }
      }
    }
    return text.toString();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
