package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.FaultyLink;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The link to Redis, or Redis itself, fails at each step of a purchase, while other purchases are
 * under way. Whatever the step, nothing is lost, nothing double, nothing leaked.
 */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class PurchaseFaultsTest {
  private static final int CLIENTS = 6;
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_264);
  private static final String BUDGETS =
      "{\"quota_usd\":900,\"max_concurrency\":900,\"windows_usd\":{\"5h\":900}}";

  /** A step of the purchase that is one call of a script. */
  enum Call {
    HOLD(ScriptsForTests.HOLD),
    SETTLE(ScriptsForTests.SETTLE);

    private final String script;

    Call(String script) {
      this.script = script;
    }
  }

  /** What fails. */
  enum Failure {
    LINK_CUT,
    LINK_SILENT,
    LINK_LATE,
    REDIS_KILLED
  }

  private static RedisServerForTests server;
  private static FaultyLink link;
  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static GatewayForTests other;
  private static OpenAiAnswers openAi;

  @BeforeAll
  static void start() throws Exception {
    System.out.println("seed " + SEED);
    openAi = new OpenAiAnswers(SEED);
    server = RedisServerForTests.start();
    link = FaultyLink.to(server.socket());
    provider = FakeProvider.start(SEED);
    provider.on("/chat/completions", request -> BuyingClients.answer(openAi, request));
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL
                .redis(link.uri())
                .limits("ledger: { command_millis_max: 500ms, reconnect_millis_max: 100ms }\n"));
    other = gateway.another();
  }

  @AfterAll
  static void stop() throws Exception {
    other.close();
    gateway.close();
    provider.close();
    link.close();
    server.close();
  }

  static Stream<Arguments> failuresOfCalls() {
    List<Arguments> all = new ArrayList<>();
    for (Call call : Call.values()) {
      for (Moment moment : Moment.values()) {
        all.add(arguments(call, moment, Failure.LINK_CUT));
        all.add(arguments(call, moment, Failure.LINK_SILENT));
        all.add(arguments(call, moment, Failure.REDIS_KILLED));
      }
      all.add(arguments(call, Moment.SENT, Failure.LINK_LATE));
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("failuresOfCalls")
  void purchase_whenACallFails_isChargedOnceOrNotMade(Call call, Moment moment, Failure failure)
      throws Exception {
    awaitReady();
    String key = gateway.createKey("1000", BUDGETS);
    buy(key);
    try (BuyingClients clients =
        BuyingClients.start(List.of(gateway, other), List.of(key), CLIENTS, SEED)) {
      gateway.await(() -> clients.answered() >= CLIENTS);
      link.trap(call.script, moment, act(failure));
      link.awaitSprung();
      recover(failure);
      int answered = clients.answered();
      gateway.await(() -> clients.answered() >= answered + CLIENTS);
      clients.finish();
    }
    assertRight("%s %s %s".formatted(call, moment, failure), key);
  }

  @ParameterizedTest
  @EnumSource(names = "LINK_LATE", mode = EnumSource.Mode.EXCLUDE)
  void purchase_whenItFailsWhileBytesFlow_isDeliveredWholeAndChargedOnce(Failure failure)
      throws Exception {
    awaitReady();
    String key = gateway.createKey("1000", BUDGETS);
    buy(key);
    CountDownLatch hasFailed = new CountDownLatch(1);
    provider.once(
        "/chat/completions",
        request -> Script.of(openAi.chat(request)).start().parts(3).await(hasFailed).rest().end());
    try (RawClient client = served(gateway, key, true)) {
      assertThat(client.readBody(1)).isNotEmpty();
      switch (act(failure).get()) {
        case CUT -> link.cut();
        case SILENCE -> link.silence();
        case NONE, LATE -> {}
      }
      hasFailed.countDown();
      assertThat(new String(client.body().rest(), StandardCharsets.UTF_8))
          .endsWith("data: [DONE]\n\n");
    }
    recover(failure);
    assertRight("streaming " + failure, key);
  }

  private static Supplier<Fault> act(Failure failure) {
    return switch (failure) {
      case LINK_CUT -> () -> Fault.CUT;
      case LINK_SILENT -> () -> Fault.SILENCE;
      case LINK_LATE -> () -> Fault.LATE;
      case REDIS_KILLED ->
          () -> {
            server.kill();
            return Fault.NONE;
          };
    };
  }

  private static void recover(Failure failure) throws Exception {
    switch (failure) {
      case REDIS_KILLED -> server.restart();
      case LINK_LATE -> link.awaitDelivered();
      case LINK_SILENT -> link.awaitSilentGone(); // till then nobody knows that it is
      case LINK_CUT -> {}
    }
  }

  private static void assertRight(String as, String key) throws Exception {
    new Reckoning(provider.account(), server.uri(), List.of(gateway, other))
        .assertRight(as + " of seed " + SEED, List.of(key));
    buy(key);
  }

  private static void awaitReady() throws Exception {
    for (GatewayForTests each : List.of(gateway, other)) {
      each.await(() -> each.readiness().startsWith("200"));
    }
  }

  /** One of each gateway that goes well. */
  private static void buy(String key) throws Exception {
    for (GatewayForTests each : List.of(gateway, other)) {
      try (RawClient client = served(each, key, false)) {
        client.body().rest();
      }
    }
    gateway.awaitSettled(key);
  }

  /**
   * Asks until it is served, and has read the head of the answer. While the ledger is away it is
   * refused and comes again, as it is told to.
   */
  private static RawClient served(GatewayForTests by, String key, boolean isStreamed)
      throws Exception {
    AtomicReference<RawClient> served = new AtomicReference<>();
    by.await(
        () -> {
          RawClient client = by.connect();
          String body = BuyingClients.body(gateway, key, isStreamed, 1);
          client.post("/v1/chat/completions", body, "authorization", "Bearer " + key);
          MessageHead head = client.readHead();
          if (head.status() == 200) {
            served.set(client);
            return true;
          }
          try (client) {
            BuyingClients.assertUnavailable(head, client.body().rest());
          }
          return false;
        });
    return Objects.requireNonNull(served.get());
  }
}
