package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.adjustment;
import static dev.tollgate.archive.EventsForTests.credit;
import static dev.tollgate.archive.EventsForTests.moved;
import static dev.tollgate.archive.EventsForTests.part;
import static dev.tollgate.archive.EventsForTests.reap;
import static dev.tollgate.archive.EventsForTests.release;
import static dev.tollgate.archive.EventsForTests.reversal;
import static dev.tollgate.archive.EventsForTests.settle;
import static dev.tollgate.archive.EventsForTests.with;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Streams of a shard, drawn from a seed: requests of every fate, their events in between each
 * other.
 */
final class StreamsForTests {
  private static final String[] MODELS = {"gpt-5", "claude-sonnet-4-5", "gpt'5"};

  private final Random random;

  StreamsForTests(long seed) {
    this.random = new Random(seed);
  }

  List<ArchiveEvent> stream(int requests) {
    List<List<ArchiveEvent>> fates = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      String account = "acct_" + random.nextInt(3);
      List<ArchiveEvent> events = new ArrayList<>();
      for (ArchiveEvent event : fate("req_" + i)) {
        events.add(drawn(event, account));
      }
      fates.add(events);
    }
    List<ArchiveEvent> stream = new ArrayList<>();
    while (!fates.isEmpty()) {
      int next = random.nextInt(fates.size());
      ArchiveEvent event = fates.get(next).removeFirst();
      long at = NOON + stream.size() * 3_600_000L;
      stream.add(moved(with(event, "at", Long.toString(at)), (at << 20) + stream.size()));
      if (fates.get(next).isEmpty()) {
        fates.remove(next);
      }
    }
    return stream;
  }

  /** The stream in batches; now and then some of it comes again, perhaps at another place. */
  List<List<ArchiveEvent>> batches(List<ArchiveEvent> stream) {
    List<List<ArchiveEvent>> batches = new ArrayList<>();
    int done = 0;
    while (done < stream.size()) {
      List<ArchiveEvent> batch = new ArrayList<>();
      int repeated = random.nextInt(3) == 0 ? random.nextInt(6) : 0;
      for (int i = 0; i < repeated && done > 0; i++) {
        ArchiveEvent again = stream.get(random.nextInt(done));
        batch.add(random.nextBoolean() ? again : moved(again, again.position() + (1L << 50)));
      }
      int end = Math.min(stream.size(), done + 1 + random.nextInt(40));
      for (ArchiveEvent event : stream.subList(done, end)) {
        batch.add(event);
        if (random.nextInt(8) == 0) {
          batch.add(event);
        }
      }
      batches.add(batch);
      done = end;
    }
    return batches;
  }

  private List<ArchiveEvent> fate(String id) {
    List<ArchiveEvent> events = new ArrayList<>();
    switch (random.nextInt(10)) {
      case 0 -> events.add(release(0, id, "upstream"));
      case 1 -> events.add(credit(0, id, 1 + random.nextInt(1_000_000)));
      case 2 -> {
        events.add(release(0, id, "abandoned"));
        if (random.nextBoolean()) {
          settled(events, id);
        }
      }
      case 3 -> {
        events.add(release(0, id, "unseen"));
        events.add(with(settle(0, id, cost()), "object", "batch_" + id));
      }
      case 4, 5 -> {
        parts(events, id);
        reaped(events, id);
      }
      case 6 -> {
        parts(events, id);
        settled(events, id);
        if (random.nextBoolean()) {
          events.add(part(0, id, 99, cost()));
        }
      }
      case 7 -> {
        parts(events, id);
        events.add(release(0, id, "cancelled"));
      }
      default -> settled(events, id);
    }
    return events;
  }

  private void settled(List<ArchiveEvent> events, String id) {
    long cost = cost();
    long beyond = random.nextInt(4) == 0 ? cost / 3 : 0;
    events.add(with(settle(0, id, cost), "amount", Long.toString(beyond - cost)));
    if (beyond > 0) {
      events.add(adjustment(0, id, -beyond));
    }
  }

  private void parts(List<ArchiveEvent> events, String id) {
    int parts = random.nextInt(4);
    for (int number = 1; number <= parts; number++) {
      events.add(part(0, id, number, cost()));
    }
  }

  private void reaped(List<ArchiveEvent> events, String id) {
    long cost = 1 + cost();
    events.add(reap(0, id, cost));
    if (random.nextInt(3) == 0) {
      events.add(part(0, id, 50, cost()));
    }
    switch (random.nextInt(3)) {
      case 0 -> {
        events.add(reversal(0, id, cost));
        settled(events, id);
      }
      case 1 -> events.add(reversal(0, id, cost));
      default -> {}
    }
  }

  /** Often nothing: free models are charged 0. */
  private long cost() {
    return random.nextInt(4) == 0 ? 0 : random.nextInt(50_000_000);
  }

  private ArchiveEvent drawn(ArchiveEvent event, String account) {
    ArchiveEvent drawn =
        with(event, "account", account, "model", MODELS[random.nextInt(MODELS.length)]);
    return event.field("usage").isEmpty()
        ? drawn
        : with(
            drawn,
            "usage",
            "input=%d cache_read=%d output=%d"
                .formatted(random.nextInt(1_000), random.nextInt(9), random.nextInt(1_000)),
            "duration_ms",
            Integer.toString(random.nextInt(5_000)));
  }
}
