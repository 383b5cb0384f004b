package dev.tollgate.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Prints what a provider that is down costs the requests that another one serves, once its breaker
 * is open, and how its requests come back to it. No test: it asserts nothing about time.
 * docs/benchmarks.md says how it is run.
 *
 * <p>A whole gateway has two models: one that is served by the provider that is down and then by
 * another one, and one that is served by the other alone. Requests for the two go out in pairs, on
 * one connection, in turn the one and the other first.
 */
final class DownProviderBenchmark {
  private static final String CONNECTING = "dev.tollgate.upstream.ConnectionOpening";
  private static final String CHAT = "/chat/completions";
  private static final long SEED = 101;
  private static final int FAILURES = 8;
  private static final long REST_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final int SLOW_START_SECONDS = 5;

  private static final int CLIENTS = 4;
  private static final int CLIENT_PAUSE_MILLIS = 10;
  private static final int RAMP_SECONDS = SLOW_START_SECONDS + 2;
  private static final int SLOTS_PER_SECOND = 10;
  private static final int SLOTS = RAMP_SECONDS * SLOTS_PER_SECOND;

  private static final String LIMITS =
      """
      breakers:
        { calls_min: 4, window_calls: 4, rest_millis: %d, rest_millis_max: %d, trial_calls: 3,
          slow_start_millis: %ds }
      """
          .formatted(REST_MILLIS, REST_MILLIS, SLOW_START_SECONDS);

  private static final String MODELS =
      """
      both:
        targets: [ { provider: down, model: m, first_byte_millis_max: 200ms }, { provider: fine, model: m } ]
        prices: { input: 0.20, output: 0.60 }
      alone: { targets: [ { provider: fine, model: m } ], prices: { input: 0.20, output: 0.60 } }
      """;

  private final OpenAiAnswers openAi = new OpenAiAnswers(SEED);
  private final int pairs;

  private DownProviderBenchmark(int pairs) {
    this.pairs = pairs;
  }

  /**
   * @param arguments how many pairs of requests
   */
  public static void main(String[] arguments) throws Exception {
    int pairs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
    ((Logger) LoggerFactory.getLogger("dev.tollgate")).setLevel(Level.OFF);
    ((Logger) LoggerFactory.getLogger(CONNECTING)).setLevel(Level.OFF);
    DownProviderBenchmark benchmark = new DownProviderBenchmark(pairs);
    try (FakeProvider fine = FakeProvider.start(SEED)) {
      try (FakeProvider silent = FakeProvider.start(SEED)) {
        silent.on(CHAT, request -> Script.silence());
        try (GatewayForTests gateway = benchmark.gateway(silent.baseUrl(), fine)) {
          benchmark.measure("accepts and never answers", gateway);
          benchmark.comeBack(gateway, silent, fine);
        }
      }
      try (GatewayForTests gateway = benchmark.gateway(nobody(), fine)) {
        benchmark.measure("refuses connections", gateway);
      }
    }
  }

  /** Where nobody listens any more. */
  private static URI nobody() throws IOException {
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + gone.getLocalPort() + "/v1");
    }
  }

  private GatewayForTests gateway(URI down, FakeProvider fine) throws IOException {
    fine.on(CHAT, request -> openAi.chat(request).script());
    String providers =
        "down: { dialect: openai, base_url: \"%s\" }\nfine: { dialect: openai, base_url: \"%s\" }\n"
            .formatted(down, fine.baseUrl());
    return GatewayForTests.start(fine, GatewaySetup.USUAL.limits(LIMITS).with(providers, MODELS));
  }

  // ---- what it costs

  private void measure(String what, GatewayForTests gateway) throws Exception {
    String key = gateway.createKey("100");
    long[] both = new long[pairs];
    long[] alone = new long[pairs];
    try (RawClient client = gateway.connect()) {
      for (int i = 0; i < FAILURES; i++) {
        nanosOf(client, key, "both");
      }
      for (int i = -pairs / 2; i < pairs; i++) {
        boolean isBothFirst = i % 2 == 0;
        long early = nanosOf(client, key, isBothFirst ? "both" : "alone");
        long late = nanosOf(client, key, isBothFirst ? "alone" : "both");
        if (i >= 0) {
          both[i] = isBothFirst ? early : late;
          alone[i] = isBothFirst ? late : early;
        }
      }
    }
    long[] added = IntStream.range(0, pairs).mapToLong(i -> both[i] - alone[i]).toArray();
    System.out.printf(
        Locale.ROOT,
        "a first target that %s, breaker open: %s; the second target alone: %s; added, by pairs:"
            + " median %d µs (%d pairs)%n",
        what,
        quantiles(both),
        quantiles(alone),
        micros(added, 50),
        pairs);
  }

  private static long nanosOf(RawClient client, String key, String model) throws Exception {
    String body =
        "{\"model\":\"%s\",\"max_tokens\":30,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
            .formatted(model);
    long began = System.nanoTime();
    int status =
        client
            .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
            .readAnswer()
            .status();
    long took = System.nanoTime() - began;
    if (status != 200) {
      throw new IllegalStateException(model + " was answered with " + status);
    }
    return took;
  }

  private static String quantiles(long[] nanos) {
    return "median %d µs, p99 %d µs".formatted(micros(nanos, 50), micros(nanos, 99));
  }

  private static long micros(long[] nanos, int percent) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return TimeUnit.NANOSECONDS.toMicros(sorted[(sorted.length - 1) * percent / 100]);
  }

  // ---- how it comes back

  private void comeBack(GatewayForTests gateway, FakeProvider back, FakeProvider fine)
      throws Exception {
    String key = gateway.createKey("100");
    AtomicIntegerArray atBack = new AtomicIntegerArray(SLOTS);
    AtomicIntegerArray atFine = new AtomicIntegerArray(SLOTS);
    long began = System.nanoTime();
    count(back, atBack, began);
    count(fine, atFine, began);
    gateway.passMillis(REST_MILLIS);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Stream.generate(() -> clients.submit(() -> ask(gateway, key, began)))
          .limit(CLIENTS)
          .toList()
          .forEach(DownProviderBenchmark::join);
    }
    System.out.printf(
        "it answers again: requests per 100 ms to it, and to the other one (slow start %d s)%n",
        SLOW_START_SECONDS);
    for (int second = 0; second < RAMP_SECONDS; second++) {
      System.out.printf(
          "second %d: %s | %s | %2d%% of them to it%n",
          second + 1,
          line(atBack, second),
          line(atFine, second),
          percent(sum(atBack, second), sum(atFine, second)));
    }
  }

  private void count(FakeProvider provider, AtomicIntegerArray slots, long began) {
    provider.on(
        CHAT,
        request -> {
          long slot =
              TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) * SLOTS_PER_SECOND / 1_000;
          if (slot < SLOTS) {
            slots.incrementAndGet((int) slot);
          }
          return openAi.chat(request).script();
        });
  }

  private static Void ask(GatewayForTests gateway, String key, long began) throws Exception {
    try (RawClient client = gateway.connect()) {
      while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(RAMP_SECONDS)) {
        nanosOf(client, key, "both");
        TimeUnit.MILLISECONDS.sleep(CLIENT_PAUSE_MILLIS);
      }
    }
    return null;
  }

  private static void join(Future<Void> client) {
    try {
      client.get(RAMP_SECONDS + 60, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static int percent(int part, int rest) {
    return part + rest == 0 ? 0 : 100 * part / (part + rest);
  }

  private static int sum(AtomicIntegerArray slots, int second) {
    return slotsOf(second).map(slots::get).sum();
  }

  private static IntStream slotsOf(int second) {
    return IntStream.range(second * SLOTS_PER_SECOND, (second + 1) * SLOTS_PER_SECOND);
  }

  private static String line(AtomicIntegerArray slots, int second) {
    return slotsOf(second)
        .mapToObj(slot -> "%3d".formatted(slots.get(slot)))
        .collect(Collectors.joining(" "));
  }
}
