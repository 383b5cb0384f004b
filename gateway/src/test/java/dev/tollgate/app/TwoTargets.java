package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.MessageBody;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A gateway whose models have two targets: a first one, which the test has, and the same fake
 * provider as the second of all. Each first provider {@code x} is there in both dialects, {@code x}
 * and {@code x-a}, and has a model of its name; {@code x-only} has no second target.
 */
final class TwoTargets implements AutoCloseable {
  /**
   * What is to be found of a request.
   *
   * @param estimated why its usage is an estimate; empty where it is none
   * @param attempts as {@code provider:outcome}
   */
  record Bill(
      String requestId, int status, long costNanoUsd, String estimated, List<String> attempts) {
    static Bill of(RawAnswer answer, long costNanoUsd, String... attempts) {
      String id = Objects.requireNonNull(answer.head().field("x-request-id"));
      return new Bill(id, answer.status(), costNanoUsd, "", List.of(attempts));
    }

    Bill estimated(String reason) {
      return new Bill(requestId, status, costNanoUsd, reason, attempts);
    }
  }

  private static final TestPrice PRICE = TestPrice.of("0.20", "0.60");
  private static final String SECOND = "second";

  private final FakeProvider second;
  private final GatewayForTests gateway;
  private final RedisForTests redis = RedisForTests.open();
  private int found;

  private TwoTargets(FakeProvider second, GatewayForTests gateway) {
    this.second = second;
    this.gateway = gateway;
  }

  /**
   * @param firsts by name, their fields in YAML
   */
  static TwoTargets start(long seed, Map<String, String> firsts) throws IOException {
    FakeProvider second = FakeProvider.start(seed);
    StringBuilder providers = new StringBuilder();
    StringBuilder models = new StringBuilder();
    add(providers, SECOND, "base_url: \"" + second.baseUrl() + "\"");
    firsts.forEach(
        (name, fields) -> {
          add(providers, name, fields);
          for (String dialect : List.of("", "-a")) {
            addModel(models, name + dialect, List.of(name + dialect, SECOND + dialect));
            addModel(models, name + "-only" + dialect, List.of(name + dialect));
          }
        });
    GatewaySetup setup =
        GatewaySetup.USUAL
            .with(providers.toString(), models.toString())
            .limits(
                """
                retries: { tries_per_target_max: 2, backoff_millis: 1ms }
                upstream: { time_grain_millis: 10ms, http2: { control_frames_max: 100 } }
                """);
    return new TwoTargets(second, GatewayForTests.start(second, setup));
  }

  private static void add(StringBuilder providers, String name, String fields) {
    providers.append("%s: { dialect: openai, %s }\n".formatted(name, fields));
    providers.append("%s-a: { dialect: anthropic, %s }\n".formatted(name, fields));
  }

  private static void addModel(StringBuilder models, String name, List<String> providers) {
    List<String> targets = providers.stream().map("{ provider: %s, model: m }"::formatted).toList();
    models.append(
        "%s: { targets: %s, prices: { input: 0.20, output: 0.60 } }\n".formatted(name, targets));
  }

  GatewayForTests gateway() {
    return gateway;
  }

  /** How many requests the second target has got. */
  int secondAsked() {
    return second.account().received();
  }

  /** An account of $10. */
  String createKey() throws IOException {
    return gateway.createKey("10");
  }

  RawClient post(String key, Asking asking, String model, String said) throws IOException {
    return post(gateway.connect(), key, asking, model, said);
  }

  /** On a connection that is open: all its requests are one event loop's. */
  static RawClient post(RawClient client, String key, Asking asking, String model, String said)
      throws IOException {
    return client.post(asking.path(), asking.body(model, said), "authorization", "Bearer " + key);
  }

  RawAnswer ask(String key, Asking asking, String model) throws IOException {
    try (RawClient client = post(key, asking, model, "Hello")) {
      return client.readAnswer();
    }
  }

  /** All that a fault is met by, asked at once: each is served by the second, and charged so. */
  void assertServedBySecond(Fault fault) throws Exception {
    int before = secondAsked();
    String key = createKey();
    List<RawClient> clients = new ArrayList<>();
    List<Bill> bills = new ArrayList<>();
    try {
      for (Asking asking : fault.askings()) {
        clients.add(post(key, asking, fault.first(), fault.said()));
      }
      for (int i = 0; i < clients.size(); i++) {
        bills.add(bill(fault, fault.askings().get(i), clients.get(i).readAnswer()));
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    assertThat(secondAsked() - before).isEqualTo(clients.size());
    assertCharged(key, bills);
  }

  /**
   * An answer of a first target begins and breaks off: the client sees just what was sent of it,
   * and then its break.
   *
   * @param onceRead may be what lets it break
   * @return the request's id
   */
  String assertBroken(RawClient asked, String sent, Runnable onceRead) throws IOException {
    MessageHead head = asked.readHead();
    assertThat(head.status()).isEqualTo(200);
    assertThat(read(asked, sent.length())).isEqualTo(sent);
    onceRead.run();
    assertThat(asked.body().rest()).isEmpty();
    assertThat(asked.body().end()).isEqualTo(MessageBody.End.CUT_OFF);
    assertThat(asked.awaitClosed()).isTrue();
    return Objects.requireNonNull(head.field("x-request-id"));
  }

  /** So many bytes of the body, in however many pieces they come. */
  private static String read(RawClient client, int bytes) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    while (read.size() < bytes) {
      byte[] piece = client.readBody(bytes - read.size());
      assertThat(piece).as("the body has ended").isNotEmpty();
      read.writeBytes(piece);
    }
    return read.toString(StandardCharsets.UTF_8);
  }

  /** Of a whole answer of the second, which costs what the second's own account says. */
  private Bill bill(Fault fault, Asking asking, RawAnswer answer) throws Exception {
    assertThat(answer.status()).as("%s: %s", asking, answer.text()).isEqualTo(200);
    assertThat(answer.interims()).isEmpty();
    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.body()).isEqualTo(served(answer).sentBody());
    long cost = costNanoUsd(answer);
    assertThat(cost).isPositive();
    if (!asking.isStreamed()) {
      assertThat(answer.head().field("x-tollgate-cost-usd"))
          .isEqualTo(Money.decimal(cost).toPlainString());
    }
    String first = asking.named(fault.first()) + ":";
    Stream<String> attempts = fault.outcomes().stream().map(first::concat);
    return Bill.of(
        answer,
        cost,
        Stream.concat(attempts, Stream.of(asking.named(SECOND) + ":ok")).toArray(String[]::new));
  }

  /** Of an answer of the second, by the second's own account. */
  long costNanoUsd(RawAnswer answer) throws Exception {
    return PRICE.costNanoUsd(served(answer).usage());
  }

  /** By its own number of the request, once it has written that down. */
  private Served served(RawAnswer answer) throws Exception {
    String name = Objects.requireNonNull(answer.head().field("x-upstream-request-id"));
    int number = Integer.parseInt(name.substring("fake-".length()));
    gateway.await(
        () -> second.account().all().stream().anyMatch(served -> served.number() == number));
    return second.account().all().stream()
        .filter(served -> served.number() == number)
        .findFirst()
        .orElseThrow();
  }

  /**
   * What a key owes, and nothing else: each request is settled once, and told with its attempts,
   * its cost and its status, in the ledger, in the log and by itself. Nothing is held any more.
   */
  void assertCharged(String key, List<Bill> bills) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key))
        .isEqualTo(bills.stream().mapToLong(Bill::costNanoUsd).sum());
    Map<String, String> settled = new HashMap<>();
    for (Map<String, String> event : redis.events(gateway.accountId(key))) {
      if ("settle".equals(event.get("act"))) {
        String attempts = event.getOrDefault("attempts", "");
        assertThat(settled.put(event.getOrDefault("request", ""), attempts)).isNull();
      }
    }
    assertThat(settled).hasSameSizeAs(bills);
    gateway.await(() -> log(key).size() == bills.size());
    Map<String, JsonNode> logged = new HashMap<>();
    log(key).forEach(row -> logged.put(row.path("id").asString(), row));
    for (Bill bill : bills) {
      assertThat(settled.get(bill.requestId()))
          .matches(String.join(":\\d+ ", bill.attempts()) + ":\\d+");
      assertTold(bill, Objects.requireNonNull(logged.get(bill.requestId())));
    }
    // All are told of alike: one, and which one differs, shows it, and saves time.
    assertFound(key, bills.get(found++ % bills.size()));
  }

  /** By the holder of the key who asks for it. */
  private void assertFound(String key, Bill bill) throws Exception {
    JsonNode generation = gateway.generation(key, bill.requestId());
    assertTold(bill, generation);
    assertThat(generation.path("attempts").valueStream())
        .allMatch(attempt -> attempt.path("latency_ms").asLong(-1) >= 0)
        .extracting(
            attempt ->
                attempt.path("provider").asString() + ":" + attempt.path("outcome").asString())
        .isEqualTo(bill.attempts());
  }

  private JsonNode log(String key) throws IOException {
    return gateway.get(key, "/v1/billing/requests").path("data");
  }

  private static void assertTold(Bill bill, JsonNode row) {
    assertThat(row.path("status_code").asInt(row.path("status").asInt(0))).isEqualTo(bill.status());
    assertThat(row.path("actual_cost").decimalValue())
        .isEqualByComparingTo(Money.decimal(bill.costNanoUsd()));
    assertThat(row.path("estimated_reason").asString("")).isEqualTo(bill.estimated());
  }

  @Override
  public void close() throws IOException {
    redis.close();
    gateway.close();
    second.close();
  }
}
