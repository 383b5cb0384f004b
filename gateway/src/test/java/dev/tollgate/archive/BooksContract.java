package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.credit;
import static dev.tollgate.archive.EventsForTests.release;
import static dev.tollgate.archive.EventsForTests.settle;
import static dev.tollgate.archive.EventsForTests.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the books answer, whatever the database. */
abstract class BooksContract {
  private static final AccountId ACCOUNT = new AccountId("acct_1");
  private static final KeyId KEY = new KeyId("key_1");
  private static final long DAY = 86_400_000;

  private Archive archive;
  private Books books;

  abstract ArchiveSettings.Where where();

  @BeforeEach
  void open() {
    archive = Archive.open(ArchiveSettings.of(where()));
    books = archive.books();
  }

  @AfterEach
  void close() {
    archive.close();
  }

  @Test
  void everything_emptyArchive_isEmpty() {
    assertThat(books.entries(ACCOUNT, Books.EntryFilter.ALL, 0, 10))
        .isEqualTo(new Books.EntryPage(List.of(), 0));
    assertThat(books.usage(scope(ACCOUNT, null, null, null))).isEqualTo(Books.UsageSum.NONE);
    assertThat(books.usageBy(Books.Dimension.DAY, scope(null, null, null, null), 10)).isEmpty();
    assertThat(books.recentUsage(ACCOUNT, KEY, 0)).isEqualTo(Books.UsageSum.NONE);
    assertThat(books.requests(ACCOUNT, Books.RequestFilter.ALL, 10)).isEmpty();
  }

  @Test
  void entries_pageByPage_areAllOfThemNewestFirst() {
    List<ArchiveEvent> events = new ArrayList<>();
    for (int i = 1; i <= 25; i++) {
      events.add(i % 5 == 0 ? credit(i, "c" + i, i) : settle(i, "req_" + i, i));
    }
    events.add(settle(26, "req_free", 0));
    events.add(with(settle(27, "req_other", 5), "account", "acct_2"));
    store(events);

    List<Long> amounts = new ArrayList<>();
    for (long offset = 0; offset < 30; offset += 10) {
      Books.EntryPage page = books.entries(ACCOUNT, Books.EntryFilter.ALL, offset, 10);
      assertThat(page.total()).isEqualTo(25);
      page.entries().forEach(entry -> amounts.add(Math.abs(entry.amountNanoUsd())));
    }

    assertThat(amounts).hasSize(25).first().isEqualTo(25L);
    assertThat(amounts).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    assertThat(books.entries(ACCOUNT, Books.EntryFilter.ALL, Long.MAX_VALUE, 10))
        .isEqualTo(new Books.EntryPage(List.of(), 25));
    assertThat(books.entries(ACCOUNT, Books.EntryFilter.ALL, 0, 0))
        .isEqualTo(new Books.EntryPage(List.of(), 25));
    assertThat(books.entries(ACCOUNT, Books.EntryFilter.ALL, 0, 1_000_000).entries()).hasSize(25);
  }

  @Test
  void entries_fromAnyPlace_areThoseThatFollowThere() {
    List<ArchiveEvent> events = new ArrayList<>();
    for (int i = 1; i <= 15; i++) {
      events.add(i % 3 == 0 ? credit(i, "c" + i, i) : settle(i, "req_" + i, i));
    }
    store(events);
    for (List<String> kinds :
        List.of(List.<String>of(), List.of("topup"), List.of("topup", "debit_inference"))) {
      Books.EntryFilter filter = new Books.EntryFilter(kinds);
      List<Books.Entry> all = books.entries(ACCOUNT, filter, 0, 20).entries();
      assertThat(all).hasSize(kinds.size() == 1 ? 5 : 15);
      for (int offset = 0; offset <= all.size(); offset++) {
        for (int limit = 1; limit <= 16; limit++) {
          int end = Math.min(all.size(), offset + limit);
          assertThat(books.entries(ACCOUNT, filter, offset, limit).entries())
              .as("%d from %d on, of %s", limit, offset, kinds)
              .isEqualTo(all.subList(offset, end));
        }
      }
    }
  }

  @Test
  void entries_ofKinds_areThoseAlone() {
    store(
        List.of(
            credit(1, "c1", 10),
            with(credit(2, "c2", 20), "kind", "refund"),
            settle(3, "req_1", 5),
            credit(4, "c3", 30)));

    assertThat(amounts("topup")).containsExactly(30L, 10L);
    assertThat(amounts("refund", "topup")).containsExactly(30L, 20L, 10L);
    assertThat(amounts("debit_inference", "refund")).containsExactly(-5L, 20L);
    assertThat(amounts("' or 1 = 1 --")).isEmpty();
    assertThat(books.entries(ACCOUNT, new Books.EntryFilter(List.of("topup")), 1, 10).total())
        .isEqualTo(2);
  }

  @Test
  void usage_byDimensions_sumsTheDaysAsked() {
    store(
        List.of(
            settle(1, "req_1", 5),
            with(settle(2, "req_2", 50), "model", "gpt-4", "key", "key_2", "provider", "azure"),
            with(
                settle(3, "req_3", 500),
                "at",
                Long.toString(NOON + DAY),
                "endpoint",
                "/v1/messages",
                "model",
                "gpt-4"),
            with(settle(4, "req_4", 7), "account", "acct_2")));
    LocalDate first = LocalDate.of(2026, 11, 26);

    assertThat(books.usage(scope(ACCOUNT, null, null, null)).costNanoUsd()).isEqualTo(555);
    assertThat(books.usage(scope(null, null, null, null)).costNanoUsd()).isEqualTo(562);
    assertThat(books.usage(scope(ACCOUNT, null, first, first)).costNanoUsd()).isEqualTo(55);
    assertThat(books.usage(scope(ACCOUNT, KEY, first.plusDays(1), null)).costNanoUsd())
        .isEqualTo(500);
    assertThat(groups(Books.Dimension.MODEL, 10)).containsExactly("gpt-4 550", "gpt-5 5");
    assertThat(groups(Books.Dimension.MODEL, 1)).containsExactly("gpt-4 550");
    assertThat(groups(Books.Dimension.KEY, 10)).containsExactly("key_1 505", "key_2 50");
    assertThat(groups(Books.Dimension.DAY, 10)).containsExactly("2026-11-26 55", "2026-11-27 500");
    assertThat(groups(Books.Dimension.PROVIDER, 10)).containsExactly("openai 505", "azure 50");
    assertThat(groups(Books.Dimension.ENDPOINT, 10))
        .containsExactly("/v1/messages 500", "/v1/chat/completions 55");
  }

  @Test
  void usage_nonsenseDays_areNoDays() {
    store(List.of(settle(1, "req_1", 5)));

    assertThat(books.usage(scope(ACCOUNT, null, LocalDate.MAX, null)))
        .isEqualTo(Books.UsageSum.NONE);
    assertThat(books.usage(scope(ACCOUNT, null, null, LocalDate.MIN)))
        .isEqualTo(Books.UsageSum.NONE);
    assertThat(books.usage(scope(ACCOUNT, null, LocalDate.MIN, LocalDate.MAX)).requests())
        .isEqualTo(1);
    assertThat(
            books.usage(
                scope(ACCOUNT, null, LocalDate.of(2026, 11, 27), LocalDate.of(2026, 11, 25))))
        .isEqualTo(Books.UsageSum.NONE);
  }

  @Test
  void recentUsage_ofAKey_isSinceThenAndCharged() {
    store(
        List.of(
            settle(1_000, "req_1", 5),
            settle(2_000, "req_2", 50),
            release(3_000, "req_3", "upstream"),
            release(3_001, "req_5", "abandoned"),
            with(settle(4_000, "req_4", 500), "key", "key_2")));

    Books.UsageSum recent = books.recentUsage(ACCOUNT, KEY, NOON + 2_000);

    assertThat(recent.requests()).isEqualTo(1);
    assertThat(recent.costNanoUsd()).isEqualTo(50);
    assertThat(recent.totalTokens()).isEqualTo(1_500);
  }

  @Test
  void requests_byCursor_areAllOfThemNewestFirst() {
    List<ArchiveEvent> events = new ArrayList<>();
    for (int i = 1; i <= 25; i++) {
      events.add(settle(i, "req_" + i, i));
    }
    store(events);

    List<Long> costs = new ArrayList<>();
    @Nullable Long before = null;
    for (int page = 0; page < 4; page++) {
      for (Books.Request request : books.requests(ACCOUNT, before(before), 10)) {
        costs.add(request.costNanoUsd());
        before = request.position();
      }
    }

    assertThat(costs).hasSize(25).first().isEqualTo(25L);
    assertThat(costs).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    assertThat(books.requests(new AccountId("acct_2"), Books.RequestFilter.ALL, 10)).isEmpty();
  }

  @Test
  void requests_filtered_areThoseAlone() {
    store(
        List.of(
            settle(1, "req_1", 5),
            with(settle(2, "req_2", 5), "key", "key_2", "status", "502"),
            with(settle(3, "req_3", 5), "model", "gpt-4"),
            with(
                settle(4, "req_4", 5),
                "endpoint",
                "/v1/messages",
                "at",
                Long.toString(NOON + DAY))));

    assertThat(ids(new Books.RequestFilter(new KeyId("key_2"), null, null, null, null, null, null)))
        .containsExactly("req_2");
    assertThat(ids(new Books.RequestFilter(null, "gpt-4", null, null, null, null, null)))
        .containsExactly("req_3");
    assertThat(ids(new Books.RequestFilter(null, null, "/v1/messages", null, null, null, null)))
        .containsExactly("req_4");
    assertThat(ids(new Books.RequestFilter(null, null, null, 502, null, null, null)))
        .containsExactly("req_2");
    assertThat(ids(new Books.RequestFilter(null, null, null, null, NOON + 2, NOON + DAY, null)))
        .containsExactly("req_3", "req_2");
    assertThat(ids(new Books.RequestFilter(KEY, "gpt-5", null, 200, NOON, null, 4L)))
        .containsExactly("req_1");
  }

  @Test
  void request_hasAllThatItsEventSays() {
    store(List.of(with(settle(9, "req_1", 5), "list", "4", "estimated", "aborted", "usage", "")));

    assertThat(books.requests(ACCOUNT, Books.RequestFilter.ALL, 1))
        .containsExactly(
            new Books.Request(
                "req_1",
                9,
                "key_1",
                "gpt-5",
                "/v1/chat/completions",
                "openai",
                "settled",
                200,
                true,
                0,
                0,
                0,
                0,
                0,
                4,
                5,
                "aborted",
                NOON + 9 - 800,
                NOON + 9,
                800,
                120));
  }

  private void store(List<ArchiveEvent> events) {
    archive.store().store(7, events);
  }

  private List<Long> amounts(String... kinds) {
    return books.entries(ACCOUNT, new Books.EntryFilter(List.of(kinds)), 0, 10).entries().stream()
        .map(Books.Entry::amountNanoUsd)
        .toList();
  }

  private List<String> groups(Books.Dimension dimension, int limit) {
    return books.usageBy(dimension, scope(ACCOUNT, null, null, null), limit).stream()
        .map(group -> group.group() + " " + group.sum().costNanoUsd())
        .toList();
  }

  private List<String> ids(Books.RequestFilter filter) {
    return books.requests(ACCOUNT, filter, 10).stream().map(Books.Request::id).toList();
  }

  private static Books.RequestFilter before(@Nullable Long position) {
    return new Books.RequestFilter(null, null, null, null, null, null, position);
  }

  private static Books.UsageScope scope(
      @Nullable AccountId account,
      @Nullable KeyId key,
      @Nullable LocalDate from,
      @Nullable LocalDate to) {
    return new Books.UsageScope(account, key, from, to);
  }
}
