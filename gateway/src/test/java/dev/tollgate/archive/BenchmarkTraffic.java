package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.with;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Requests of five months to measure with, drawn from a seed. Most settle; one in twenty is
 * released, one in fifty is beyond its hold, one in a hundred was reaped before. Their ids are
 * those of eight lanes. One in 500 is a credit instead. Accounts are of very different sizes: one
 * has a third of all requests, with twelve keys and eight models, of which one is hardly used; the
 * others have one to three of each.
 */
final class BenchmarkTraffic {
  static final int DAYS = 150;
  static final int ACCOUNTS = 1_000;

  /** The last of the account that has a third: one in 2,000 of its requests. */
  static final String RARE_MODEL = "text-embedding-3-small";

  static final String RARE_ENDPOINT = "/v1/embeddings";

  private static final long SPAN_MILLIS = DAYS * 86_400_000L;
  private static final int LANES = 8;
  private static final int RARE = 2_000;

  private static final List<String> MODELS =
      List.of(
          "gpt-5",
          "gpt-5-mini",
          "gpt-4.1",
          "claude-sonnet-4-5",
          "claude-opus-4-1",
          "llama-4-maverick",
          "deepseek-r1",
          RARE_MODEL);

  private final Random random;
  private final List<Ids> lanes;
  private final int requests;
  private int drawn;

  BenchmarkTraffic(long seed, int requests) {
    this.random = new Random(seed);
    this.lanes = IntStream.range(0, LANES).mapToObj(lane -> new Ids(random)).toList();
    this.requests = requests;
  }

  boolean hasNext() {
    return drawn < requests;
  }

  /** The events of the next request, without a shard and a position. */
  List<ArchiveEvent> next() {
    long at = atMillis(drawn++);
    int account = account(random);
    String id = lanes.get(random.nextInt(LANES)).nextRequestId().value();
    List<ArchiveEvent> events = new ArrayList<>(2);
    for (ArchiveEvent event : fate(id)) {
      events.add(drawn(event, account, at));
    }
    return events;
  }

  private long atMillis(int request) {
    return NOON - SPAN_MILLIS + SPAN_MILLIS / requests * request;
  }

  /** One account has a third, some have much, most have little. */
  static int account(Random random) {
    return random.nextInt(3) == 0 ? 0 : (int) Math.pow(ACCOUNTS, random.nextDouble());
  }

  static AccountId accountId(int account) {
    return new AccountId("acct_" + text(account, 20));
  }

  /** The last of the biggest account's is hardly used. */
  static KeyId keyId(int account, int key) {
    return new KeyId("key_" + text(account * 31L + key + 7, 20));
  }

  static int keys(int account) {
    return account == 0 ? 12 : 1 + account % 3;
  }

  static int models(int account) {
    return account == 0 ? MODELS.size() : 1 + account % 3;
  }

  static String model(int account, int number) {
    return MODELS.get((account + number) % MODELS.size());
  }

  private List<ArchiveEvent> fate(String id) {
    long cost = 1L + random.nextInt(50_000_000);
    if (random.nextInt(500) == 0) {
      return List.of(EventsForTests.credit(0, id, 20 * cost));
    }
    int dice = random.nextInt(100);
    if (dice < 5) {
      return List.of(EventsForTests.release(0, id, "upstream"));
    }
    long beyond = dice == 6 || dice == 7 ? cost / 10 : 0;
    ArchiveEvent settle =
        with(EventsForTests.settle(0, id, cost), "amount", Long.toString(beyond - cost));
    if (beyond > 0) {
      return List.of(settle, EventsForTests.adjustment(0, id, -beyond));
    }
    if (dice == 5) {
      return List.of(
          EventsForTests.reap(0, id, cost / 2 + 1),
          EventsForTests.reversal(0, id, cost / 2 + 1),
          settle);
    }
    return List.of(settle);
  }

  private ArchiveEvent drawn(ArchiveEvent event, int account, long at) {
    boolean isRare = account == 0 && at / 100 % RARE == 7;
    int model = model(account, isRare);
    int key = pick(keys(account), account == 0, isRare);
    List<String> fields =
        new ArrayList<>(
            List.of(
                "account",
                accountId(account).value(),
                "key",
                keyId(account, key).value(),
                "model",
                model(account, model),
                "at",
                Long.toString(at)));
    if (!event.field("endpoint").isEmpty()) {
      fields.addAll(called(model(account, model)));
      fields.addAll(
          List.of(
              "usage",
              "input=" + random.nextInt(9_000) + " cache_read=4096 output=517",
              "status",
              random.nextInt(1_000) == 0 ? "502" : "200",
              "started_at",
              Long.toString(at - 900)));
    }
    return with(event, fields.toArray(String[]::new));
  }

  private int model(int account, boolean isRare) {
    return pick(models(account), account == 0, isRare);
  }

  private int pick(int among, boolean isLastRare, boolean isRare) {
    return isRare ? among - 1 : random.nextInt(isLastRare ? among - 1 : among);
  }

  private List<String> called(String model) {
    boolean isClaude = model.startsWith("claude");
    String endpoint =
        model.equals(RARE_MODEL)
            ? RARE_ENDPOINT
            : isClaude ? "/v1/messages" : "/v1/chat/completions";
    String provider = isClaude ? "anthropic" : random.nextInt(50) == 0 ? "azure" : "openai";
    return List.of("endpoint", endpoint, "provider", provider);
  }

  private static String text(long seed, int characters) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < characters; i++) {
      text.append("0123456789abcdefghjkmnpqrstvwxyz".charAt(random.nextInt(32)));
    }
    return text.toString();
  }
}
