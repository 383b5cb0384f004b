package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the money when `serve`, or its Redis, is killed or told to stop. */
class ServeIT {
  private static final long CREDIT_NANO_USD = 10_000_000_000L;
  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD =
      9 * GatewayFolder.INPUT_NANO_USD + 40 * GatewayFolder.OUTPUT_NANO_USD;

  @TempDir private Path directory;

  private final OpenAiAnswers openAi = new OpenAiAnswers(21).reporting(USAGE);
  private FakeProvider provider;
  private GatewayFolder folder;

  @BeforeEach
  void open() throws IOException {
    provider = FakeProvider.start(21);
    folder = GatewayFolder.of(directory, provider);
  }

  @AfterEach
  void close() throws Exception {
    folder.close();
    provider.close();
  }

  @Test
  void kill_underLoad_losesNoChargeAndLeavesNoRedis() throws Exception {
    provider.on("/chat/completions", this::atAPace);
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    int atRest;
    try (ChatLoad load = ChatLoad.start(gateway, customer)) {
      load.awaitWhole(50);
      atRest = load.finish();
    }
    gateway.awaitSettled(customer);
    long balanceAtRest = gateway.balanceNanoUsd(customer);
    assertThat(balanceAtRest).isEqualTo(CREDIT_NANO_USD - atRest * COST_NANO_USD);

    int sinceThen;
    try (ChatLoad load = ChatLoad.start(gateway, customer)) {
      load.awaitWhole(100);
      gateway.process().kill();
      sinceThen = load.finish();
    }
    assertThat(gateway.process().awaitExit()).isEqualTo(128 + 9);
    folder.awaitNoRedis();

    ServingGateway again = folder.serve();
    long balance = again.balanceNanoUsd(customer);
    List<Map<String, String>> events = folder.events(customer.account());
    List<Map<String, String>> settlements = settlements(events);
    System.out.printf(
        "killed after %d whole answers: %d are settled, %d were asked of the provider%n",
        atRest + sinceThen, settlements.size(), provider.account().received());
    assertThat(balance).isEqualTo(sum(events)).isLessThan(balanceAtRest);
    assertThat(settlements)
        .allSatisfy(event -> assertThat(event).containsEntry("cost", "" + COST_NANO_USD))
        .doesNotHaveDuplicates();
    // A settlement is on its way to Redis before the last byte of an answer is on its way out.
    assertThat(settlements.size()).isBetween(atRest + sinceThen, provider.account().received());

    buyOne(again, customer);
    again.process().terminate();
    again.process().awaitExit();
    folder.awaitNoRedis();
  }

  @Test
  void stop_underLoad_finishesWhatHasBegunAndChargesIt() throws Exception {
    provider.on("/chat/completions", this::atAPace);
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    int whole;
    try (ChatLoad load = ChatLoad.start(gateway, customer)) {
      load.awaitWhole(50);
      gateway.process().terminate();
      assertThat(gateway.process().awaitExit()).isIn(0, 128 + 15);
      whole = load.finish();
    }
    folder.awaitNoRedis();

    ServingGateway again = folder.serve();
    assertThat(again.heldNanoUsd(customer)).isZero();
    assertThat(again.balanceNanoUsd(customer)).isEqualTo(CREDIT_NANO_USD - whole * COST_NANO_USD);
    assertThat(whole).isEqualTo(provider.account().received());
  }

  @Test
  void stop_withAStreamInFlight_letsItEnd() throws Exception {
    CountDownLatch mayGoOn = new CountDownLatch(1);
    provider.on("/chat/completions", request -> inTwoHalves(request, mayGoOn));
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, true);
      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(client.readBody(1)).isNotEmpty();

      gateway.process().terminate();
      awaitDeaf(gateway);
      mayGoOn.countDown();

      assertThat(new String(client.body().rest(), StandardCharsets.UTF_8))
          .endsWith("data: [DONE]\n\n");
    }
    assertThat(gateway.process().awaitExit()).isIn(0, 128 + 15);
    folder.awaitNoRedis();
    assertOneWasCharged(customer);
  }

  @Test
  void stop_afterAClientHungUp_stillChargesForIt() throws Exception {
    CountDownLatch mayGoOn = new CountDownLatch(1);
    provider.on("/chat/completions", request -> inTwoHalves(request, mayGoOn));
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, true);
      assertThat(client.readHead().status()).isEqualTo(200);
    }

    gateway.process().terminate();
    awaitDeaf(gateway);
    mayGoOn.countDown();

    assertThat(gateway.process().awaitExit()).isIn(0, 128 + 15);
    folder.awaitNoRedis();
    assertOneWasCharged(customer);
  }

  @Test
  void deathOfRedis_refusesRequestsUntilItIsBack_andLosesNoCharge() throws Exception {
    CountDownLatch mayGoOn = new CountDownLatch(1);
    provider.once("/chat/completions", request -> inTwoHalves(request, mayGoOn));
    provider.on("/chat/completions", this::atAPace);
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, true);
      assertThat(client.readHead().status()).isEqualTo(200);

      Path configuration = keepRedisDown();
      folder.redis().destroyForcibly();
      for (int i = 0; i < 3; i++) {
        assertUnavailable(gateway, customer);
      }
      mayGoOn.countDown();
      assertThat(client.body().rest()).isNotEmpty();
      Files.delete(configuration);

      Within.seconds(30, "requests are served", () -> answer(gateway, customer).status() == 200);
    }
    Within.seconds(30, "every connection is back", gateway::isReady);
    gateway.awaitSettled(customer);
    List<Map<String, String>> events = folder.events(customer.account());
    assertThat(settlements(events)).hasSize(2);
    assertThat(gateway.balanceNanoUsd(customer))
        .isEqualTo(CREDIT_NANO_USD - 2 * COST_NANO_USD)
        .isEqualTo(sum(events));
  }

  /** It cannot be started without writing its configuration; gives what is in the way. */
  private Path keepRedisDown() throws IOException {
    Path configuration = folder.data().resolve("redis/redis.conf");
    Files.delete(configuration);
    return Files.createDirectory(configuration);
  }

  private static void assertUnavailable(ServingGateway gateway, Customer customer)
      throws IOException {
    RawAnswer answer = answer(gateway, customer);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("\"code\":\"ledger_unavailable\"");
    assertThat(answer.head().field("retry-after")).matches("[1-9][0-9]*");
  }

  private void assertOneWasCharged(Customer customer) throws Exception {
    ServingGateway again = folder.serve();
    assertThat(again.heldNanoUsd(customer)).isZero();
    assertThat(again.balanceNanoUsd(customer)).isEqualTo(CREDIT_NANO_USD - COST_NANO_USD);
  }

  private void buyOne(ServingGateway gateway, Customer customer) throws Exception {
    long before = gateway.balanceNanoUsd(customer);
    RawAnswer answer = answer(gateway, customer);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.isWhole()).isTrue();
    Within.seconds(
        30, "it is settled", () -> gateway.balanceNanoUsd(customer) == before - COST_NANO_USD);
  }

  private static RawAnswer answer(ServingGateway gateway, Customer customer) throws IOException {
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, false);
      return client.readAnswer();
    }
  }

  /** Waits until it accepts no more connections: it has begun to stop. */
  private static void awaitDeaf(ServingGateway gateway) throws Exception {
    Within.seconds(30, "no new connections are accepted", () -> isRefused(gateway));
  }

  private static boolean isRefused(ServingGateway gateway) {
    try {
      RawClient.connect(gateway.publicUrl()).close();
      return false;
    } catch (IOException refused) {
      return true;
    }
  }

  /** Some tens of milliseconds to an answer. */
  private Script atAPace(ReceivedRequest request) {
    return Script.of(openAi.chat(request)).cutEvery(400, 1).start().rest().end();
  }

  private Script inTwoHalves(ReceivedRequest request, CountDownLatch mayGoOn) {
    return Script.of(openAi.chat(request)).start().parts(3).await(mayGoOn).rest().end();
  }

  private static List<Map<String, String>> settlements(List<Map<String, String>> events) {
    return events.stream().filter(event -> "settle".equals(event.get("act"))).toList();
  }

  /** What all credits, settlements and adjustments come to. */
  private static long sum(List<Map<String, String>> events) {
    Set<String> ofMoney = Set.of("credit", "settle", "adjustment");
    return events.stream()
        .filter(event -> ofMoney.contains(event.get("act")))
        .mapToLong(event -> Long.parseLong(event.get("amount")))
        .sum();
  }
}
