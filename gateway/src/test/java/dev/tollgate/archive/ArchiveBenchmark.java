package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.with;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Prints how many events a second each database stores, what a request takes on the disk, and how
 * long the books take to answer: {@code mvn test-compile exec:java -Dexec.classpathScope=test
 * -Dexec.mainClass=dev.tollgate.archive.ArchiveBenchmark -Dexec.args="1000000"}, the number being
 * that of requests in each. No test: it asserts nothing about time.
 *
 * <p>Most requests settle; one in twenty is released, one in fifty is beyond its hold, one in a
 * hundred was reaped before. Accounts are of very different sizes: one has a third of all requests.
 * They use one to three keys and models each, and make 50,000 requests a day together.
 */
public final class ArchiveBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final int SHARDS = 64;
  private static final int BATCH = 1_000;
  private static final int ACCOUNTS = 1_000;
  private static final int REQUESTS_A_DAY = 50_000;
  private static final int ANSWERS = 400;
  private static final long SEED = 5;

  private ArchiveBenchmark() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200_000;
    String only = arguments.length > 1 ? arguments[1] : "";
    if (!only.equals("postgresql")) {
      Path directory = Files.createTempDirectory("tollgate-archive-");
      try {
        measure("SQLite", new ArchiveSettings.Embedded(directory), requests, () -> 0);
      } finally {
        delete(directory);
      }
    }
    if (!only.equals("sqlite")) {
      try (PostgresForTests server = PostgresForTests.start()) {
        String url = server.newDatabase();
        measure(
            "PostgreSQL", new ArchiveSettings.Elsewhere(url), requests, server::processorMillis);
      }
    }
  }

  private static void measure(
      String name, ArchiveSettings.Where where, int requests, LongSupplier serverMillis)
      throws SQLException, IOException {
    try (Archive archive = Archive.open(ArchiveSettings.of(where))) {
      Random random = new Random(SEED);
      EventStore store = archive.store();
      long nanos = 0;
      long processorNanos = 0;
      long serverStart = serverMillis.getAsLong();
      long events = 0;
      long lap = 0;
      long lapEvents = 0;
      List<List<ArchiveEvent>> waiting = new ArrayList<>();
      for (int i = 0; i < SHARDS; i++) {
        waiting.add(new ArrayList<>());
      }
      for (int request = 0; request < requests; request++) {
        int account = account(random);
        int shard = account % SHARDS;
        addRequest(waiting.get(shard), shard, account, request, random);
        if (waiting.get(shard).size() >= BATCH) {
          List<ArchiveEvent> batch = waiting.set(shard, new ArrayList<>());
          long processorStart = THREADS.getCurrentThreadCpuTime();
          long start = System.nanoTime();
          events += store.store(shard, batch);
          nanos += System.nanoTime() - start;
          processorNanos += THREADS.getCurrentThreadCpuTime() - processorStart;
        }
        if ((request + 1) % Math.max(1, requests / 5) == 0) {
          System.out.printf(
              Locale.ROOT,
              "%s: %,d requests, %,.0f events a second%n",
              name,
              request + 1,
              (events - lapEvents) / ((nanos - lap) / 1e9));
          lap = nanos;
          lapEvents = events;
        }
      }
      for (int shard = 0; shard < SHARDS; shard++) {
        store.store(shard, waiting.get(shard));
      }
      System.out.printf(
          Locale.ROOT,
          "%s: %,d events in batches of %,d, one at a time: %,.0f events a second%n",
          name,
          events,
          BATCH,
          events / (nanos / 1e9));
      long serverNanos = (serverMillis.getAsLong() - serverStart) * 1_000_000;
      System.out.printf(
          Locale.ROOT,
          "%s: by time on the processor: %.1f µs in the gateway, %.1f µs in the server for each, or"
              + " %,.0f events a second%n",
          name,
          processorNanos / 1e3 / events,
          serverNanos / 1e3 / events,
          events / ((processorNanos + serverNanos) / 1e9));
      sizes(name, where, requests);
      answers(name, archive.books(), random, requests / REQUESTS_A_DAY);
    }
  }

  /** One account has a third, some have much, most have little. */
  private static int account(Random random) {
    return random.nextInt(3) == 0 ? 0 : (int) Math.pow(ACCOUNTS, random.nextDouble());
  }

  private static void addRequest(
      List<ArchiveEvent> events, int shard, int account, int number, Random random) {
    String id = "req_" + randomText(random, 24);
    long at = EventsForTests.NOON + (long) number * 86_400_000 / REQUESTS_A_DAY;
    long position = at << 20;
    long cost = 1L + random.nextInt(50_000_000);
    int dice = random.nextInt(100);
    if (dice < 5) {
      add(events, shard, account, at, position, EventsForTests.release(0, id, "upstream"), random);
      return;
    }
    if (dice == 5) {
      add(events, shard, account, at, position, EventsForTests.reap(0, id, cost / 2), random);
      add(
          events,
          shard,
          account,
          at,
          position + 1,
          EventsForTests.reversal(0, id, cost / 2),
          random);
    }
    long beyond = dice == 6 || dice == 7 ? cost / 10 : 0;
    ArchiveEvent settle =
        with(EventsForTests.settle(0, id, cost), "amount", Long.toString(beyond - cost));
    add(events, shard, account, at, position + 2, settle, random);
    if (beyond > 0) {
      add(
          events,
          shard,
          account,
          at,
          position + 3,
          EventsForTests.adjustment(0, id, -beyond),
          random);
    }
  }

  private static void add(
      List<ArchiveEvent> events,
      int shard,
      int account,
      long at,
      long position,
      ArchiveEvent event,
      Random random) {
    ArchiveEvent whole =
        with(
            event,
            "account",
            accountId(account),
            "key",
            keyId(account, random.nextInt(1 + account % 3)),
            "model",
            model(account + random.nextInt(1 + account % 3)),
            "at",
            Long.toString(at));
    if (!event.field("endpoint").isEmpty()) {
      int provider = random.nextInt(50) == 0 ? 1 : account % 2 * 3;
      whole =
          with(
              whole,
              "endpoint",
              provider == 3 ? "/v1/messages" : "/v1/chat/completions",
              "provider",
              List.of("openai", "azure", "groq", "anthropic").get(provider),
              "usage",
              "input=" + random.nextInt(9_000) + " cache_read=4096 output=517",
              "status",
              random.nextInt(1_000) == 0 ? "502" : "200",
              "started_at",
              Long.toString(at - 900));
    }
    events.add(new ArchiveEvent(shard, position, whole.fields()));
  }

  private static String accountId(int account) {
    return "acct_" + randomText(new Random(account), 20);
  }

  private static String keyId(int account, int key) {
    return "key_" + randomText(new Random(account * 31L + key + 7), 20);
  }

  private static String model(int number) {
    return List.of(
            "gpt-5",
            "gpt-5-mini",
            "gpt-4.1",
            "claude-sonnet-4-5",
            "claude-opus-4-1",
            "llama-4-maverick",
            "deepseek-r1",
            "text-embedding-3-small")
        .get(number % 8);
  }

  private static String randomText(Random random, int characters) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < characters; i++) {
      text.append("0123456789abcdefghjkmnpqrstvwxyz".charAt(random.nextInt(32)));
    }
    return text.toString();
  }

  private static void sizes(String name, ArchiveSettings.Where where, int requests)
      throws SQLException, IOException {
    switch (where) {
      case ArchiveSettings.Embedded embedded -> {
        Path file = embedded.dataDirectory().resolve("archive/archive.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            Statement statement = connection.createStatement()) {
          statement.execute("pragma wal_checkpoint(truncate)");
        }
        System.out.printf(
            Locale.ROOT,
            "%s: %,d bytes for each request, in all%n",
            name,
            Files.size(file) / requests);
      }
      case ArchiveSettings.SqliteFile file -> throw new IllegalArgumentException(file.toString());
      case ArchiveSettings.Elsewhere elsewhere -> {
        try (Connection connection = DriverManager.getConnection(elsewhere.jdbcUrl());
            Statement statement = connection.createStatement()) {
          statement.execute("vacuum analyze");
          size(
              name,
              statement,
              "requests, the row alone",
              requests,
              "select sum(pg_relation_size(c.oid)) from pg_class c where relname like"
                  + " 'requests\\_2%' and relkind = 'r'");
          size(
              name,
              statement,
              "requests, with indexes",
              requests,
              "select sum(pg_total_relation_size(c.oid)) from pg_class c where relname like"
                  + " 'requests\\_2%' and relkind = 'r'");
          size(
              name,
              statement,
              "entries, with indexes",
              requests,
              "select pg_total_relation_size('entries')");
          size(name, statement, "all", requests, "select pg_database_size(current_database())");
        }
      }
    }
  }

  private static void size(String name, Statement statement, String what, int requests, String sql)
      throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      System.out.printf(
          Locale.ROOT,
          "%s: %,d bytes for each request: %s%n",
          name,
          row.getLong(1) / requests,
          what);
    }
  }

  /** A question to the books. */
  private interface Asked {
    void ask(AccountId account, KeyId key);
  }

  private static void answers(String name, Books books, Random random, int days) {
    LocalDate from = LocalDate.of(2026, 11, 26);
    LocalDate to = from.plusDays(30);
    answer(
        name,
        "entries, first page",
        random,
        (account, key) -> books.entries(account, Books.EntryFilter.ALL, 0, 50));
    answer(
        name,
        "entries of a kind, any page",
        random,
        (account, key) ->
            books.entries(
                account,
                new Books.EntryFilter(List.of("debit_inference")),
                random.nextInt(5_000),
                50));
    answer(
        name,
        "requests, newest",
        random,
        (account, key) -> books.requests(account, Books.RequestFilter.ALL, 50));
    answer(
        name,
        "requests of a key",
        random,
        (account, key) -> books.requests(account, filter(key, null, null, null, null), 50));
    answer(
        name,
        "requests of a model in a day",
        random,
        (account, key) -> {
          long day = EventsForTests.NOON + random.nextInt(days + 1) * 86_400_000L;
          books.requests(account, filter(null, "gpt-5", null, day, day + 86_400_000L), 50);
        });
    answer(
        name,
        "requests with a rare status",
        random,
        (account, key) -> books.requests(account, filter(null, null, 502, null, null), 50));
    answer(
        name,
        "usage of a month",
        random,
        (account, key) -> books.usage(new Books.UsageScope(account, null, from, to)));
    answer(
        name,
        "usage of all time by model",
        random,
        (account, key) ->
            books.usageBy(
                Books.Dimension.MODEL, new Books.UsageScope(account, null, null, null), 100));
    answer(
        name,
        "usage of a key by day",
        random,
        (account, key) ->
            books.usageBy(Books.Dimension.DAY, new Books.UsageScope(account, key, from, to), 100));
    answer(
        name,
        "all accounts by day",
        random,
        (account, key) ->
            books.usageBy(Books.Dimension.DAY, new Books.UsageScope(null, null, from, to), 100));
    answer(
        name,
        "usage of a key in the last minute",
        random,
        (account, key) ->
            books.recentUsage(account, key, EventsForTests.NOON + days * 86_400_000L - 60_000));
  }

  private static Books.RequestFilter filter(
      @org.jspecify.annotations.Nullable KeyId key,
      @org.jspecify.annotations.Nullable String model,
      @org.jspecify.annotations.Nullable Integer status,
      @org.jspecify.annotations.Nullable Long from,
      @org.jspecify.annotations.Nullable Long to) {
    return new Books.RequestFilter(key, model, null, status, from, to, null);
  }

  private static void answer(String name, String what, Random random, Asked asked) {
    long[] micros = new long[ANSWERS];
    for (int i = 0; i < ANSWERS; i++) {
      int account = account(random);
      AccountId accountId = new AccountId(accountId(account));
      KeyId key = new KeyId(keyId(account, random.nextInt(1 + account % 3)));
      long start = System.nanoTime();
      asked.ask(accountId, key);
      micros[i] = (System.nanoTime() - start) / 1_000;
    }
    Arrays.sort(micros);
    System.out.printf(
        Locale.ROOT,
        "%s: %s: median %.1f ms, p99 %.1f ms%n",
        name,
        what,
        micros[ANSWERS / 2] / 1e3,
        micros[ANSWERS * 99 / 100] / 1e3);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
