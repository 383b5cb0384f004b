package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.tollgate.domain.AccountId;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * A storm of every kind of call at once, of which a fifth fails and a tenth is hung up on. What is
 * charged must be what the provider's own account says, to the nano-dollar, under the policies that
 * docs/metering.md publishes: whole answers by their usage, also when nobody waits for them any
 * more; failed ones nothing; and of a stream that broke, what was delivered.
 *
 * <p>Every request names its number and its fate in a header, which reaches the provider.
 */
@ExtendWith(LeakWatch.class)
@Timeout(900)
class MixedStormTest {
  private static final int REQUESTS = Integer.getInteger("tollgate.test.storm", 20_000);
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_264);
  private static final int ROUNDS = 4;
  private static final int CLIENTS = 24;
  private static final int ACCOUNTS = 4;
  private static final String HEADER = "x-storm";

  /** Of a heap that is flat: what a collection may leave behind more than the time before. */
  private static final long HEAP_GROWTH_BYTES_MAX = 24L << 20;

  private static final Encoding O200K =
      Encodings.newDefaultEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

  private final StormCall[] calls = StormCall.all();
  private final Map<Integer, String> requestIds = new ConcurrentHashMap<>();
  private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
  private final Map<String, Long> owedByEndpoint = new TreeMap<>();
  private final AtomicInteger next = new AtomicInteger();

  @Test
  void books_afterAStormOfEveryDialect_equalTheProvidersOwnAccount() throws Exception {
    System.out.println("MixedStormTest: -Dtollgate.test.seed=" + SEED);
    try (FakeProvider provider = FakeProvider.start(SEED);
        GatewayForTests here = GatewayForTests.start(provider);
        GatewayForTests there = here.another()) {
      StormCall.answers(SEED)
          .forEach(
              (path, answers) ->
                  provider.on(
                      path,
                      request -> fate(request).play(answers.apply(request), isAtOnce(request))));
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < ACCOUNTS; i++) {
        keys.add(here.createKey("100000"));
      }
      Map<String, Long> owed = new HashMap<>();
      List<Long> heapBytes = new ArrayList<>();
      for (int round = 1; round <= ROUNDS; round++) {
        storm(List.of(here, there), keys, REQUESTS * round / ROUNDS);
        here.await(() -> provider.account().openNow() == 0);
        reckon(here, keys, provider.account().takeAll(), owed);
        heapBytes.add(usedHeapBytes());
      }
      System.out.printf(
          "%d requests: %s; nano-USD by endpoint: %s; heap in MiB after each quarter: %s%n",
          REQUESTS,
          new TreeMap<>(statuses),
          owedByEndpoint,
          heapBytes.stream().map(bytes -> bytes >> 20).toList());
      assertThat(owedByEndpoint)
          .as("every endpoint was bought")
          .hasSameSizeAs(StormCall.answers(SEED));
      // What is only under way in the background, as the archive's batches are, goes: a leak stays.
      here.await(() -> usedHeapBytes() - heapBytes.getFirst() < HEAP_GROWTH_BYTES_MAX);
    }
  }

  // ---- the requests

  private void storm(List<GatewayForTests> gateways, List<String> keys, int end) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(
            threads.submit(
                () -> {
                  for (int number = next.getAndIncrement();
                      number < end;
                      number = next.getAndIncrement()) {
                    buy(gateways.get(number % gateways.size()), keys, number);
                  }
                  return null;
                }));
      }
      for (Future<?> client : clients) {
        client.get(10, TimeUnit.MINUTES);
      }
    }
    next.set(end);
  }

  private static SplittableRandom randomOf(int number) {
    return new SplittableRandom(SEED + 0x9E37_79B9_7F4A_7C15L * (number + 1));
  }

  private void buy(GatewayForTests gateway, List<String> keys, int number) throws IOException {
    SplittableRandom random = randomOf(number);
    StormCall call = calls[random.nextInt(calls.length)];
    StormFate fate = StormFate.of(random.nextInt(100));
    try (RawClient client = gateway.connect().waitingAtMost(60)) {
      client
          .request(
              "POST",
              call.path(),
              "authorization",
              "Bearer " + keys.get(number % ACCOUNTS),
              HEADER,
              fate + ":" + number + ":" + call.isPassedOnAtOnce(),
              "content-type",
              call.contentType(),
              "content-length",
              "" + call.body().length)
          .send(call.body());
      switch (fate) {
        case GONE_AT_ONCE -> client.reset();
        case GONE_MIDWAY -> {
          note(number, fate, client.readHead().status(), null);
          client.reset();
        }
        default -> {
          RawAnswer answer = client.readAnswer();
          note(number, fate, answer.status(), answer.head().field("x-request-id"));
          check(call, fate, answer);
        }
      }
    }
  }

  private void note(int number, StormFate fate, int status, @Nullable String id) {
    statuses.merge(fate + " " + status, 1, Integer::sum);
    if (id != null) {
      requestIds.put(number, id);
    }
  }

  private static void check(StormCall call, StormFate fate, RawAnswer answer) {
    String as = call.path() + " " + fate + ": " + answer.text();
    switch (fate) {
      case WELL, IN_PIECES -> {
        assertThat(answer.status()).as(as).isEqualTo(200);
        assertThat(answer.isWhole()).as(as).isTrue();
      }
      case REFUSED -> assertThat(answer.status()).as(as).isEqualTo(400);
      case OVERLOADED -> assertThat(answer.status()).as(as).isEqualTo(503);
      case RESET_UNANSWERED -> assertThat(answer.status()).as(as).isEqualTo(502);
      case ERROR_AS_ANSWER -> assertThat(answer.status()).as(as).isEqualTo(200);
      case BROKEN_OFF -> assertThat(answer.isWhole() && answer.status() == 200).as(as).isFalse();
      case GONE_AT_ONCE, GONE_MIDWAY -> {}
    }
  }

  // ---- the provider

  private static String[] storm(ReceivedRequest request) {
    return Objects.requireNonNull(request.head().field(HEADER)).split(":", -1);
  }

  private static StormFate fate(ReceivedRequest request) {
    return StormFate.valueOf(storm(request)[0]);
  }

  private static int number(ReceivedRequest request) {
    return Integer.parseInt(storm(request)[1]);
  }

  private static boolean isAtOnce(ReceivedRequest request) {
    return Boolean.parseBoolean(storm(request)[2]);
  }

  // ---- the reckoning

  /**
   * @param owed by key, what has been owed before; grows
   */
  private void reckon(
      GatewayForTests gateway, List<String> keys, List<Served> all, Map<String, Long> owed)
      throws Exception {
    try (RedisForTests redis = RedisForTests.open()) {
      gateway.await(() -> keysHeldNanoUsd(gateway, keys) == 0);
      Map<String, Map<String, String>> settlements = settlements(redis, gateway, keys);
      for (Served served : all) {
        String key = keys.get(number(served.request()) % ACCOUNTS);
        long cost = owedFor(served, settlements);
        owed.merge(key, cost, Math::addExact);
        owedByEndpoint.merge(served.endpoint(), cost, Math::addExact);
      }
      for (String key : keys) {
        AccountId account = gateway.accountId(key);
        BooksForTests books = BooksForTests.of(redis, account);
        assertThat(gateway.creditNanoUsd(key) - books.balanceNanoUsd())
            .as("charged, against what the provider's account says; seed %d", SEED)
            .isEqualTo(owed.get(key));
        books.assertConsistent();
      }
    }
  }

  private static long keysHeldNanoUsd(GatewayForTests gateway, List<String> keys)
      throws IOException {
    long held = 0;
    for (String key : keys) {
      held += gateway.heldNanoUsd(key);
    }
    return held;
  }

  private static Map<String, Map<String, String>> settlements(
      RedisForTests redis, GatewayForTests gateway, List<String> keys) {
    Map<String, Map<String, String>> byRequest = new HashMap<>();
    for (String key : keys) {
      for (Map<String, String> event : redis.events(gateway.accountId(key))) {
        if ("settle".equals(event.get("act"))) {
          byRequest.put(event.get("request"), event);
        }
      }
    }
    return byRequest;
  }

  private long owedFor(Served served, Map<String, Map<String, String>> settlements) {
    StormFate fate = fate(served.request());
    if (fate.isServedWhole()) {
      assertThat(served.isWhole()).as("served whole: %s", served.failure()).isTrue();
      return served.usage().equals(ServedUsage.NONE)
          ? 0
          : priceOf(served).costNanoUsd(served.usage());
    }
    return fate == StormFate.BROKEN_OFF && isAtOnce(served.request())
        ? owedForBroken(served, settlements)
        : 0;
  }

  private static TestPrice priceOf(Served served) {
    return Objects.requireNonNull(TestCard.PRICES.get(served.model()), served.model());
  }

  /**
   * The published policy: known input and delivered output. The event must say what was counted;
   * its cost must be that times the card's prices, and its output what the tokenizer makes of the
   * text that the provider wrote.
   */
  private long owedForBroken(Served served, Map<String, Map<String, String>> settlements) {
    int number = number(served.request());
    Map<String, String> event =
        Objects.requireNonNull(settlements.get(requestIds.get(number)), "a settlement");
    long cost = Long.parseLong(Objects.requireNonNull(event.get("cost")));
    if (cost > 0) {
      ServedUsage counted = usage(Objects.requireNonNull(event.get("usage")));
      assertThat(cost).as("%s", event).isEqualTo(priceOf(served).costNanoUsd(counted));
      if (served.endpoint().equals("/chat/completions") && !served.isUsageWritten()) {
        assertThat(counted.output()).as("%s", event).isEqualTo(tokensOf(chatText(served)));
        assertThat(event.get("estimated")).isEqualTo("upstream_broke");
      }
    }
    return cost;
  }

  private static ServedUsage usage(String text) {
    Map<String, Long> counts = new HashMap<>();
    for (String count : text.split(" ", -1)) {
      int equals = count.indexOf('=');
      if (equals > 0) {
        counts.put(count.substring(0, equals), Long.parseLong(count.substring(equals + 1)));
      }
    }
    ServedUsage usage =
        new ServedUsage(
            take(counts, "input"),
            take(counts, "cache_read"),
            take(counts, "cache_write_5m"),
            take(counts, "cache_write_1h"),
            take(counts, "output"),
            0);
    for (Map.Entry<String, Long> thing : counts.entrySet()) {
      usage = usage.with(thing.getKey(), thing.getValue());
    }
    return usage;
  }

  private static long take(Map<String, Long> counts, String name) {
    Long count = counts.remove(name);
    return count == null ? 0 : count;
  }

  private static String chatText(Served served) {
    StringBuilder text = new StringBuilder();
    String body = new String(served.sentBody(), UTF_8);
    for (String event : body.split("\n\n", -1)) {
      if (event.startsWith("data: {")) {
        for (JsonNode choice : Json.parse(event.substring(6).getBytes(UTF_8)).path("choices")) {
          text.append(choice.path("delta").path("content").asString(""));
        }
      }
    }
    return text.toString();
  }

  private static long tokensOf(String text) {
    return O200K.countTokensOrdinary(text);
  }

  private static long usedHeapBytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(50);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
