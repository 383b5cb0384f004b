package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.adjustment;
import static dev.tollgate.archive.EventsForTests.part;
import static dev.tollgate.archive.EventsForTests.reap;
import static dev.tollgate.archive.EventsForTests.reversal;
import static dev.tollgate.archive.EventsForTests.settle;
import static dev.tollgate.archive.EventsForTests.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PostgresEventStoreTest extends EventStoreContract {
  private final String url = PostgresForTests.shared().newDatabase();

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Elsewhere(url);
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  @Test
  void store_sameEventsByTwoGatewaysAtOnce_areStoredOnce()
      throws SQLException, InterruptedException, ExecutionException {
    List<List<ArchiveEvent>> batches = new ArrayList<>();
    for (int batch = 0; batch < 40; batch++) {
      List<ArchiveEvent> events = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        long position = batch * 100L + i * 4L;
        String request = "req_" + batch + "_" + i;
        if (i % 4 == 0) {
          events.add(part(position, "run_" + i, batch, 3));
        }
        if (i % 3 == 0) {
          events.add(reap(position + 1, request, 70));
          events.add(reversal(position + 2, request, 70));
        }
        events.add(with(settle(position + 3, request, 500), "amount", "-400"));
        events.add(adjustment(position + 4, request, -100));
      }
      batches.add(events);
    }
    int expected = batches.stream().mapToInt(List::size).sum();
    int stored = 0;
    try (Archive other = Archive.open(ArchiveSettings.of(where()));
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> counts = new ArrayList<>();
      for (Archive each : List.of(archive(), other)) {
        counts.add(
            threads.submit(
                () -> {
                  int fresh = 0;
                  for (List<ArchiveEvent> batch : batches) {
                    fresh += each.store().store(7, batch);
                  }
                  return fresh;
                }));
      }
      for (Future<Integer> count : counts) {
        stored += count.get();
      }
    }

    assertThat(stored).isEqualTo(expected);
    assertThat(usage().requests()).isEqualTo(40 * 20 + 5);
    assertThat(usage().costNanoUsd()).isEqualTo(40 * 20 * 500 + 40 * 5 * 3);
    assertRollupsEqualEntries();
  }

  @Test
  void store_requestsOfManyMonths_haveAPartitionEach() throws SQLException {
    List<ArchiveEvent> events = new ArrayList<>();
    for (int month = 0; month < 14; month++) {
      long at = NOON + month * 30L * 86_400_000;
      events.add(with(settle(1 + month, "req_" + month, 5), "at", Long.toString(at)));
    }
    store(events);
    assertThat(requests()).hasSize(14);

    int dropped = archive().dropOldRequests(NOON + 400L * 86_400_000 + 60L * 86_400_000);

    assertThat(dropped).isEqualTo(2);
    assertThat(
            strings(
                "select relname from pg_class where relname like 'requests\\_2%' and relkind = 'r'"
                    + " order by 1"))
        .hasSize(12)
        .doesNotContain("requests_2026_11", "requests_2026_12");
    // Another gateway dropped it: the first try finds out, the next makes it anew.
    assertThat(store(List.of(settle(99, "req_late", 5)))).isEqualTo(1);
  }
}
