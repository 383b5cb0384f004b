package dev.tollgate.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.opentest4j.TestAbortedException;

/**
 * Whatever happens to requests, and in whatever batches it comes, and again: the books are what a
 * model says that knows nothing of batches, rows or reversals, only of what each event means.
 */
class ArchivePropertyTest {
  private static final int REQUESTS = 60;

  @Property(tries = 25)
  void sqlite_anyStreamInAnyBatches_isWhatTheModelSays(@ForAll long seed) throws IOException {
    Path directory = Files.createTempDirectory("tollgate-archive-");
    try {
      check(new ArchiveSettings.Embedded(directory), seed);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Property(tries = 12)
  void postgresql_anyStreamInAnyBatches_isWhatTheModelSays(@ForAll long seed) {
    String url;
    try {
      url = PostgresForTests.shared().newDatabase();
    } catch (TestAbortedException none) {
      return;
    }
    check(new ArchiveSettings.Elsewhere(url), seed);
  }

  private static void check(ArchiveSettings.Where where, long seed) {
    StreamsForTests streams = new StreamsForTests(seed);
    List<ArchiveEvent> stream = streams.stream(REQUESTS);
    int stored = 0;
    try (Archive archive = Archive.open(ArchiveSettings.of(where))) {
      for (List<ArchiveEvent> batch : streams.batches(stream)) {
        stored += archive.store().store(7, batch);
      }
      assertThat(stored).isEqualTo(stream.size());
      new Model(stream).assertEquals(archive.books());
    }
  }

  /** Computed from the events alone, each once. */
  static final class Model {
    private final List<ArchiveEvent> stream;
    private final Map<String, List<ArchiveEvent>> charges = new LinkedHashMap<>();

    Model(List<ArchiveEvent> stream) {
      this.stream = stream;
      Set<String> reversed = new HashSet<>();
      for (ArchiveEvent event : stream) {
        if (event.id().endsWith(":reap_reversal")) {
          reversed.add(event.field("request") + ":reap");
        }
      }
      for (ArchiveEvent event : stream) {
        boolean isCharge = event.act().equals("settle") || event.act().equals("reap");
        if (isCharge && !reversed.contains(event.id())) {
          charges.computeIfAbsent(event.field("request"), id -> new ArrayList<>()).add(event);
        }
      }
    }

    void assertEquals(Books books) {
      Set<String> accounts = new HashSet<>();
      stream.forEach(event -> accounts.add(event.field("account")));
      for (String account : accounts) {
        assertEntries(books, account);
        assertUsage(books, account);
        assertRequests(books, account);
      }
      assertGroups(books, Books.Dimension.MODEL, "model");
    }

    private void assertEntries(Books books, String account) {
      List<ArchiveEvent> expected =
          stream.stream()
              .filter(
                  event -> event.field("account").equals(account) && event.number("amount") != 0)
              .toList()
              .reversed();
      Books.EntryPage page =
          books.entries(new AccountId(account), Books.EntryFilter.ALL, 0, 10_000);
      assertThat(page.total()).isEqualTo(expected.size());
      assertThat(page.entries())
          .extracting(Books.Entry::id)
          .isEqualTo(expected.stream().map(ArchiveEvent::id).toList());
      assertThat(page.entries())
          .extracting(Books.Entry::amountNanoUsd)
          .isEqualTo(expected.stream().map(event -> event.number("amount")).toList());
      long spent =
          expected.stream()
              .filter(event -> !event.field("request").isEmpty())
              .mapToLong(event -> -event.number("amount"))
              .sum();
      assertThat(books.usage(scope(account)).costNanoUsd()).isEqualTo(spent);
    }

    private void assertUsage(Books books, String account) {
      Books.UsageSum sum = books.usage(scope(account));
      List<List<ArchiveEvent>> requests =
          charges.values().stream()
              .filter(events -> events.getFirst().field("account").equals(account))
              .toList();
      List<ArchiveEvent> all = requests.stream().flatMap(List::stream).toList();
      assertThat(sum.requests()).isEqualTo(requests.size());
      assertThat(sum.costNanoUsd()).isEqualTo(all.stream().mapToLong(e -> e.number("cost")).sum());
      assertThat(sum.listNanoUsd()).isEqualTo(all.stream().mapToLong(e -> e.number("list")).sum());
      assertThat(sum.inputTokens()).isEqualTo(count(all, "input"));
      assertThat(sum.outputTokens()).isEqualTo(count(all, "output"));
      assertThat(sum.cacheReadTokens()).isEqualTo(count(all, "cache_read"));
      assertThat(sum.totalTokens())
          .isEqualTo(count(all, "input") + count(all, "output") + count(all, "cache_read"));
    }

    private void assertRequests(Books books, String account) {
      Map<String, Long> costs = new TreeMap<>();
      for (ArchiveEvent event : stream) {
        if (event.field("account").equals(account) && !event.field("request").isEmpty()) {
          long cost =
              charges.getOrDefault(event.field("request"), List.of()).stream()
                  .mapToLong(charge -> charge.number("cost"))
                  .sum();
          costs.put(event.field("request"), cost);
        }
      }
      Map<String, Long> found = new TreeMap<>();
      List<Books.Request> rows =
          books.requests(new AccountId(account), Books.RequestFilter.ALL, 10_000);
      rows.forEach(row -> found.put(row.id(), row.costNanoUsd()));
      assertThat(rows).hasSameSizeAs(found.keySet());
      assertThat(found).isEqualTo(costs);
      assertThat(books.usage(scope(account)).durationMillis())
          .isEqualTo(
              rows.stream()
                  .filter(row -> charges.containsKey(row.id()))
                  .mapToLong(Books.Request::durationMillis)
                  .sum());
    }

    private void assertGroups(Books books, Books.Dimension dimension, String field) {
      Map<String, Long> expected = new HashMap<>();
      charges.values().stream()
          .flatMap(List::stream)
          .forEach(event -> expected.merge(event.field(field), event.number("cost"), Long::sum));
      Map<String, Long> found = new HashMap<>();
      for (Books.UsageGroup group :
          books.usageBy(dimension, new Books.UsageScope(null, null, null, null), 100)) {
        found.put(group.group(), group.sum().costNanoUsd());
      }
      expected.values().removeIf(cost -> cost == 0);
      found.values().removeIf(cost -> cost == 0);
      assertThat(found).isEqualTo(expected);
    }

    private static long count(List<ArchiveEvent> events, String meter) {
      long count = 0;
      for (ArchiveEvent event : events) {
        for (String part : event.field("usage").split(" ", -1)) {
          if (part.startsWith(meter + "=")) {
            count += Long.parseLong(part.substring(meter.length() + 1));
          }
        }
      }
      return count;
    }

    private static Books.UsageScope scope(String account) {
      return new Books.UsageScope(new AccountId(account), null, null, null);
    }
  }
}
