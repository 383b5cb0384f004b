package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.BudgetState;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * A thousand requests at once over three gateways, half with a key that may spend $5 in any 5
 * hours, half with one that has a quota of $5: at no instant is more spent, or being spent, than
 * that.
 */
@ExtendWith(LeakWatch.class)
@Timeout(300)
class BudgetStormTest {
  private static final int REQUESTS = 1_000;
  private static final int ANSWER_SECONDS_MAX = 120;
  private static final long LIMIT_NANO_USD = 5_000_000_000L;

  /** Three cents of output at most, and a short prompt. */
  private static final BigDecimal ASKED_USD_MAX = new BigDecimal("0.04");

  private static final long SEED = Long.getLong("tollgate.test.seed", 20_265);
  private static final TestPrice PRICE = TestPrice.of("20", "100");

  private static final String MODEL =
      """
      storm-chat:
        targets: [ { provider: patient-fake, model: storm-chat } ]
        prices: { input: 20, output: 100 }
        max_output_tokens: 60000
      """;

  /** A busy machine is no reason to refuse: only budgets shall be. */
  private static final String PATIENT_LIMITS =
      """
      ledger: { command_millis_max: 60s }
      http: { head_millis_max: 120s, body_idle_millis_max: 120s }
      """;

  /** One of the two keys: what it was, and what the provider has begun to serve for it. */
  private final class Buyer {
    final String name;
    final String key;
    final String budget;
    final AtomicLong servedNanoUsd = new AtomicLong();
    final List<String> excesses = new ArrayList<>();
    int samples;

    Buyer(String name, String key, String budget) {
      this.name = name;
      this.key = key;
      this.budget = budget;
    }

    /** What is served is held or used, and both together are within the limit. */
    void sample(RedisForTests redis) {
      long served = servedNanoUsd.get();
      BudgetState state = state(redis);
      long taken = state.used() + state.held();
      samples++;
      if (taken > LIMIT_NANO_USD || served > taken) {
        excesses.add("%s served, %s".formatted(Money.usd(served), state));
      }
    }

    BudgetState state(RedisForTests redis) {
      return Objects.requireNonNull(redis.state(gateways.getFirst().keyRef(key)).budget(budget));
    }
  }

  private final OpenAiAnswers openAi = new OpenAiAnswers(SEED);
  private final List<GatewayForTests> gateways = new ArrayList<>();
  private volatile boolean isOver;

  @Test
  void aThousandRequestsAtOnce_neverSpendMoreThanAWindowOrAQuotaAllows() throws Exception {
    System.out.println("seed " + SEED);
    try (FakeProvider provider = FakeProvider.start(SEED);
        GatewayForTests first = GatewayForTests.start(provider, patient(provider));
        GatewayForTests second = first.another();
        GatewayForTests third = first.another();
        RedisForTests redis = RedisForTests.open()) {
      gateways.addAll(List.of(first, second, third));
      Buyer window =
          new Buyer("window", first.createKey("100", "{\"windows_usd\":{\"5h\":5}}"), "5h");
      Buyer quota = new Buyer("quota", first.createKey("100", "{\"quota_usd\":5}"), "quota");
      provider.on(
          "/chat/completions",
          request -> answer(request, user(request).equals(quota.name) ? quota : window));

      Instant began = Instant.now();
      Thread sampler = Thread.ofPlatform().start(() -> sampleUntilOver(redis, window, quota));
      List<RawAnswer> answers = storm(window, quota);
      first.awaitSettled(window.key);
      first.awaitSettled(quota.key);
      isOver = true;
      sampler.join();

      answersOf(answers, 0).forEach(BudgetStormTest::assertWindowRefusalForLack);
      answersOf(answers, 1).forEach(BudgetStormTest::assertQuotaRefusal);
      assertOutcome(redis, provider, window, answersOf(answers, 0));
      assertOutcome(redis, provider, quota, answersOf(answers, 1));
      BigDecimal left = Money.decimal(window.state(redis).remaining());
      assertFreesWithTheFirstBucket(ask(third, window, beyond(window, redis), 1), left, began);
      assertQuotaRefusal(ask(third, quota, beyond(quota, redis), 1));
    }
  }

  private static GatewaySetup patient(FakeProvider provider) {
    String patientProvider =
        """
        patient-fake:
          dialect: openai
          base_url: %s
          connect_millis_max: 60s
          waiting_millis_max: 60s
          first_byte_millis_max: 120s
          idle_millis_max: 120s
        """
            .formatted(provider.baseUrl());
    return GatewaySetup.USUAL.with(patientProvider, MODEL).limits(PATIENT_LIMITS);
  }

  // ---- the storm

  private List<RawAnswer> storm(Buyer window, Buyer quota) throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<Future<RawAnswer>> asked = new ArrayList<>();
    List<RawAnswer> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < REQUESTS; i++) {
        int number = i;
        GatewayForTests gateway = gateways.get(i / 2 % gateways.size());
        Buyer buyer = i % 2 == 0 ? window : quota;
        asked.add(
            clients.submit(
                () -> {
                  go.await();
                  return ask(gateway, buyer, cap(number), number);
                }));
      }
      go.countDown();
      for (Future<RawAnswer> answer : asked) {
        answers.add(answer.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS));
      }
    }
    return answers;
  }

  /** From one to three cents at most. */
  private static long cap(int number) {
    return 100 + new SplittableRandom(SEED + number).nextLong(201);
  }

  /** Of what was held, from three fifths to all but nothing. */
  private static ServedUsage usage(long cap, long number) {
    long fifths = new SplittableRandom(SEED - number).nextLong(600, 1_001);
    return ServedUsage.of(9, Math.max(1, cap * fifths / 1_000));
  }

  private Script answer(ReceivedRequest request, Buyer buyer) {
    JsonNode body = request.json();
    long number = body.path("seed").asLong();
    ServedUsage usage = usage(body.path("max_tokens").asLong(), number);
    buyer.servedNanoUsd.addAndGet(PRICE.costNanoUsd(usage));
    return Script.of(openAi.reporting(usage).chat(request))
        .pauseMillis(number % 400)
        .start()
        .rest()
        .end();
  }

  private static RawAnswer ask(GatewayForTests gateway, Buyer buyer, long cap, int number)
      throws Exception {
    String body =
        """
        {"model":"storm-chat","max_tokens":%d,"stream":%s,"seed":%d,"user":"%s",\
        "messages":[{"role":"user","content":"What is the toll on the bridge?"}]}\
        """
            .formatted(cap, number % 3 == 0, number, buyer.name);
    try (RawClient client = gateway.connect()) {
      return client
          .waitingAtMost(ANSWER_SECONDS_MAX)
          .post("/v1/chat/completions", body, "authorization", "Bearer " + buyer.key)
          .readAnswer();
    }
  }

  private void sampleUntilOver(RedisForTests redis, Buyer... buyers) {
    while (!isOver) {
      for (Buyer buyer : buyers) {
        buyer.sample(redis);
      }
    }
  }

  // ---- what must have come of it

  private static List<RawAnswer> answersOf(List<RawAnswer> answers, int which) {
    List<RawAnswer> half = new ArrayList<>();
    for (int i = which; i < answers.size(); i += 2) {
      half.add(answers.get(i));
    }
    return half;
  }

  private void assertOutcome(
      RedisForTests redis, FakeProvider provider, Buyer buyer, List<RawAnswer> answers)
      throws Exception {
    long served =
        provider.account().all().stream()
            .filter(entry -> user(entry.request()).equals(buyer.name))
            .peek(entry -> assertThat(entry.isWhole()).isTrue())
            .map(Served::usage)
            .mapToLong(PRICE::costNanoUsd)
            .sum();
    long admitted = answers.stream().filter(answer -> answer.status() == 200).count();
    System.out.printf(
        "%s: %d of %d admitted for $%s of $%s; %d samples%n",
        buyer.name,
        admitted,
        answers.size(),
        Money.usd(served),
        Money.usd(LIMIT_NANO_USD),
        buyer.samples);
    GatewayForTests gateway = gateways.getFirst();
    assertThat(buyer.excesses).as("samples beyond the limit, of seed %d", SEED).isEmpty();
    assertThat(buyer.samples).isPositive();
    assertThat(served)
        .isEqualTo(buyer.servedNanoUsd.get())
        .isEqualTo(gateway.spentNanoUsd(buyer.key))
        .isEqualTo(buyer.state(redis).used())
        .isBetween(LIMIT_NANO_USD / 2, LIMIT_NANO_USD);
    assertThat(admitted).isBetween(REQUESTS / 2 / 4L, REQUESTS / 2 * 3 / 4L);
    BooksForTests.of(redis, gateway.accountId(buyer.key)).assertConsistent();
  }

  private static void assertWindowRefusal(RawAnswer answer) {
    if (answer.status() == 200) {
      return;
    }
    assertThat(answer.status()).as(answer.text()).isEqualTo(429);
    JsonNode error = error(answer);
    assertThat(error.path("code").asString()).isEqualTo("budget_exceeded");
    assertThat(error.path("window").asString()).isEqualTo("5h");
    assertThat(answer.head().field("x-should-retry")).isEqualTo("false");
    assertThat(retryAfterSeconds(answer)).isBetween(1L, 5 * 3_600L + 300);
    assertThat(Instant.parse(error.path("reset_at").asString())).isNotNull();
  }

  /** It would have held no more than {@link #ASKED_USD_MAX}, and not even that was left. */
  private static void assertWindowRefusalForLack(RawAnswer answer) {
    assertWindowRefusal(answer);
    if (answer.status() != 200) {
      assertThat(error(answer).path("remaining_usd").decimalValue()).isLessThan(ASKED_USD_MAX);
    }
  }

  /** Waiting does not help: nothing says when to come again. */
  private static void assertQuotaRefusal(RawAnswer answer) {
    if (answer.status() == 200) {
      return;
    }
    assertThat(answer.status()).as(answer.text()).isEqualTo(402);
    JsonNode error = error(answer);
    assertThat(error.path("code").asString()).isEqualTo("quota_exhausted");
    assertThat(error.path("budget").asString()).isEqualTo("quota");
    assertThat(error.has("reset_at")).isFalse();
    assertThat(answer.head().field("retry-after")).isNull();
  }

  /** So many output tokens that they do not fit into what is left. */
  private static long beyond(Buyer buyer, RedisForTests redis) {
    return buyer.state(redis).remaining() / 100_000 + 1;
  }

  /** Once all is settled it is known when the first of it leaves: with its bucket of 5 minutes. */
  private static void assertFreesWithTheFirstBucket(
      RawAnswer answer, BigDecimal left, Instant began) {
    Instant after = Instant.now();
    assertWindowRefusal(answer);
    assertThat(answer.status()).isEqualTo(429);
    assertThat(error(answer).path("remaining_usd").decimalValue()).isEqualByComparingTo(left);
    Instant resetAt = Instant.parse(error(answer).path("reset_at").asString());
    assertThat(resetAt)
        .isBetween(began.plus(Duration.ofHours(5)), after.plus(Duration.ofHours(5).plusMinutes(5)));
    assertThat(resetAt.getEpochSecond() % 300).isZero();
    assertThat(after.plusSeconds(retryAfterSeconds(answer)))
        .isBetween(resetAt.minusSeconds(1), resetAt.plusSeconds(30));
  }

  private static long retryAfterSeconds(RawAnswer answer) {
    return Long.parseLong(Objects.requireNonNull(answer.head().field("retry-after")));
  }

  private static JsonNode error(RawAnswer answer) {
    return Json.parse(answer.text().getBytes(StandardCharsets.UTF_8)).path("error");
  }

  private static String user(ReceivedRequest request) {
    return request.json().path("user").asString("");
  }
}
