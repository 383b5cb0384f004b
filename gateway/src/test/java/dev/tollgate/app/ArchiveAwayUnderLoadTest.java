package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.ArchivedForTests;
import dev.tollgate.archive.ArchivedForTests.Rollup;
import dev.tollgate.archive.PostgresForTests;
import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ProviderAccount;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * PostgreSQL is stopped while clients keep asking two gateways: every request is served, only the
 * books cannot be read, and once it is back, all that has happened comes into them by itself. What
 * is there then is what the provider's own account says.
 *
 * <p>For a minute: {@code -Dtollgate.test.outage.seconds=60}.
 */
@ExtendWith(LeakWatch.class)
@Timeout(300)
class ArchiveAwayUnderLoadTest {
  private static final int AWAY_SECONDS = Integer.getInteger("tollgate.test.outage.seconds", 12);
  private static final int CLIENTS = 12;
  private static final int KEYS = 6;
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_265);
  private static final String AWAY = "\"status\":\"the database does not take events\"";
  private static final List<String> BOOKS =
      List.of("/v1/usage", "/v1/billing/transactions", "/v1/billing/requests");

  @Test
  void books_afterPostgresqlWasStoppedUnderLoad_areWhatTheProviderServed() throws Exception {
    System.out.println("ArchiveAwayUnderLoadTest: -Dtollgate.test.seed=" + SEED);
    OpenAiAnswers openAi = new OpenAiAnswers(SEED);
    try (PostgresForTests database = PostgresForTests.start();
        RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(SEED)) {
      provider.on("/chat/completions", request -> BuyingClients.answer(openAi, request));
      String url = database.newDatabase();
      GatewaySetup setup = GatewaySetup.USUAL.redis(server.uri()).archive(url);
      try (GatewayForTests here = GatewayForTests.start(provider, setup);
          GatewayForTests there = here.another()) {
        List<GatewayForTests> gateways = List.of(here, there);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
          keys.add(here.createKey("1000"));
        }
        try (BuyingClients clients = BuyingClients.start(gateways, keys, CLIENTS, SEED)) {
          here.await(() -> clients.answered() >= 4 * CLIENTS);
          int before = clients.answered();
          database.stop();
          beAway(gateways, keys, clients);
          int meanwhile = clients.answered() - before;
          database.launch();
          for (GatewayForTests gateway : gateways) {
            here.await(() -> readStatuses(gateway, keys.getFirst()).equals(List.of(200, 200, 200)));
          }
          int after = clients.answered();
          here.await(() -> clients.answered() >= after + 4 * CLIENTS);
          clients.finish();
          assertThat(clients.refused()).as("refused").isZero();
          System.out.printf(
              "PostgreSQL away for %d s: %d answered meanwhile, %d in all, %d hung up, 0 refused%n",
              AWAY_SECONDS, meanwhile, clients.answered(), clients.hungUp());
        }
        new Reckoning(provider.account(), server.uri(), gateways).assertRight("seed " + SEED, keys);
        for (GatewayForTests gateway : gateways) {
          here.await(() -> isCaughtUp(gateway));
        }
        try (RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
          for (String key : keys) {
            assertArchived(url, redis, here.accountId(key), provider.account());
          }
        }
      }
    }
  }

  // ---- meanwhile

  private static void beAway(
      List<GatewayForTests> gateways, List<String> keys, BuyingClients clients) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(AWAY_SECONDS);
    GatewayForTests first = gateways.getFirst();
    for (GatewayForTests gateway : gateways) {
      first.await(() -> gateway.readiness().contains(AWAY));
    }
    assertBooksAway(gateways, keys.getFirst());
    while (System.nanoTime() - deadline < 0) {
      for (GatewayForTests gateway : gateways) {
        assertThat(gateway.readiness()).startsWith("200").contains(AWAY);
      }
      int answered = clients.answered();
      first.await(() -> clients.answered() > answered + CLIENTS);
    }
    for (GatewayForTests gateway : gateways) {
      assertThat(metric(gateway, "tollgate_archive_lag_seconds")).isPositive();
      assertThat(metric(gateway, "tollgate_archive_events_waiting")).isPositive();
      assertThat(metric(gateway, "tollgate_archive_failures_total")).isPositive();
      System.out.println(gateway.readiness());
    }
  }

  /** All at once: each waits for what has just happened, and then for a connection. */
  private static void assertBooksAway(List<GatewayForTests> gateways, String key) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> answers = new ArrayList<>();
      for (GatewayForTests gateway : gateways) {
        for (String path : BOOKS) {
          answers.add(threads.submit(() -> gateway.ask(key, "GET", path, null)));
        }
        assertThat(gateway.ask(key, "GET", "/v1/billing/balance", null).statusCode())
            .as("what the ledger knows")
            .isEqualTo(200);
      }
      for (Future<HttpResponse<String>> asked : answers) {
        HttpResponse<String> answer = asked.get(60, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).contains("archive_unavailable");
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
      }
    }
  }

  private static double metric(GatewayForTests gateway, String name) throws IOException {
    return gateway
        .metrics()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  // ---- afterwards

  private static List<Integer> readStatuses(GatewayForTests gateway, String key) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (String path : BOOKS) {
      statuses.add(gateway.ask(key, "GET", path, null).statusCode());
    }
    return statuses;
  }

  private static boolean isCaughtUp(GatewayForTests gateway) throws Exception {
    String readiness = gateway.readiness();
    return readiness.contains("\"archive\":{\"status\":\"ok\"")
        && readiness.contains("\"events_waiting\":0,");
  }

  /** The archive has what Redis has, and that is what the provider has served. */
  private static void assertArchived(
      String url, RedisForTests redis, AccountId account, ProviderAccount provider) {
    ArchivedForTests archived = ArchivedForTests.of(url, account);
    BooksForTests ledger = BooksForTests.of(redis, account);
    List<Map<String, String>> events = ledger.events();
    archived.assertConsistent();
    assertThat(archived.eventIds())
        .isEqualTo(events.stream().map(event -> event.get("id")).collect(Collectors.toSet()));
    assertThat(archived.balanceNanoUsd()).isEqualTo(ledger.balanceNanoUsd());
    assertThat(
            archived.requests().stream()
                .map(ArchivedForTests.Request::id)
                .collect(Collectors.toSet()))
        .isEqualTo(
            events.stream()
                .filter(event -> event.containsKey("request"))
                .map(event -> event.get("request"))
                .collect(Collectors.toSet()));

    List<Served> served =
        provider.all().stream()
            .filter(one -> one.request().field("user").equals(account.value()))
            .toList();
    assertThat(served).hasSizeGreaterThan(CLIENTS);
    assertThat(archived.requests().stream().filter(request -> request.cost() > 0))
        .as("others were hung up on before the provider was asked")
        .hasSize(served.size());
    assertThat(archived.chargedNanoUsd())
        .as("entries, against the provider's account times the card")
        .isEqualTo(served.stream().mapToLong(ArchiveAwayUnderLoadTest::costNanoUsd).sum());
    assertTokens(archived, Rollup::inputTokens, served, ServedUsage::freshInput);
    assertTokens(archived, Rollup::cacheReadTokens, served, ServedUsage::cacheRead);
    assertTokens(archived, Rollup::outputTokens, served, ServedUsage::output);
    System.out.printf("%s: %s; the provider served %d%n", account, archived, served.size());
  }

  private static void assertTokens(
      ArchivedForTests archived,
      ToLongFunction<Rollup> rolledUp,
      List<Served> served,
      ToLongFunction<ServedUsage> tokens) {
    assertThat(archived.rollups().stream().mapToLong(rolledUp).sum())
        .isEqualTo(served.stream().map(Served::usage).mapToLong(tokens).sum());
  }

  private static long costNanoUsd(Served served) {
    return Objects.requireNonNull(TestCard.PRICES.get(served.model())).costNanoUsd(served.usage());
  }
}
