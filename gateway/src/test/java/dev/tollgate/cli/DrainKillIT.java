package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.ArchivedForTests;
import dev.tollgate.cli.HaltingDatabase.Place;
import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.DrainedForTests;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.ledger.ScriptsForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ProviderAccount;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestPrice;
import dev.tollgate.testing.FaultyLink;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * `kill -9` of one of two gateways at each step of its drain, while both serve clients and archive
 * into one PostgreSQL. No entry is missing and none is double: what is there is what the provider's
 * own account says.
 */
@Timeout(180)
class DrainKillIT {
  private static final long SEED = 47;
  private static final TestPrice PRICE = TestPrice.of("0.20", "0.60");
  private static final int ANSWERS = 25;

  /** Where it is killed. */
  enum Step {
    /** Redis has given it events, and it has not got them. */
    HANDED_OUT,
    /** It has read them, and its transaction has begun. */
    READ,
    /** Its rows are written, but not committed. */
    WRITTEN,
    /** It has asked for the commit, which comes true when it is dead. */
    COMMITTING,
    /** They are in the archive; that they are has not reached Redis. */
    STORED,
    /** That reaches Redis when it is dead. */
    ACKNOWLEDGING,
    /** Redis knows; it does not know that. */
    ACKNOWLEDGED,
    /** Archived events have left their streams. */
    TRIMMED
  }

  @TempDir private static Path directory;

  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(SEED);
  private static final AtomicInteger ANSWERED = new AtomicInteger();
  private static HaltingDatabase database;
  private static RedisServerForTests server;
  private static RedisForTests redis;
  private static FaultyLink link;
  private static FakeProvider provider;
  private static GatewayFolder killedFolder;
  private static GatewayFolder otherFolder;
  private static ServingGateway killed;
  private static ServingGateway other;

  @BeforeAll
  static void start() throws Exception {
    database = HaltingDatabase.start();
    server = RedisServerForTests.start();
    redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
    link = FaultyLink.to(server.socket());
    provider = FakeProvider.start(SEED).on("/chat/completions", DrainKillIT::answer);
    otherFolder = folder("other", server.uri(), database.url(), "24h");
    other = otherFolder.serve();
    database.prepare();
    killedFolder = folder("killed", link.uri(), database.haltedUrl(), "1ms");
    killed = killedFolder.serve();
  }

  @AfterAll
  static void stop() throws Exception {
    for (GatewayFolder folder : new GatewayFolder[] {killedFolder, otherFolder}) {
      if (folder != null) {
        folder.close();
      }
    }
    for (AutoCloseable part : new AutoCloseable[] {provider, link, redis, server, database}) {
      if (part != null) {
        part.close();
      }
    }
  }

  private static GatewayFolder folder(String name, String redis, String archive, String kept)
      throws IOException {
    GatewayFolder made = GatewayFolder.of(Files.createDirectory(directory.resolve(name)), provider);
    made.replace("redis: embedded", "redis: \"%s\"%narchive: \"%s\"".formatted(redis, archive));
    made.write(
        Files.readString(made.gatewayFile())
            + """
            limits:
              requests: { lease_millis: 2s, checkpoint_millis: 400ms }
              reaper: { reap_millis: 200ms }
              drain:
                batch_events_max: 20
                page_events_max: 10
                poll_millis: 20ms
                watch_millis: 200ms
                claim_idle_millis: 1s
                kept_millis: %s
            """
                .formatted(kept));
    return made;
  }

  /** Slowly enough that many clients leave time for all else that happens here. */
  private static Script answer(ReceivedRequest request) {
    long pause = 20L + Math.floorMod(ANSWERED.getAndIncrement() * 37, 100);
    return Script.of(OPEN_AI.chat(request)).start().pauseMillis(pause).rest().end();
  }

  @ParameterizedTest
  @EnumSource
  void kill_atAStepOfTheDrain_leavesNoEntryOutAndNoneTwice(Step step) throws Exception {
    Customer here = killed.customerWithUsd(10);
    Customer there = other.customerWithUsd(10);
    try (ChatLoad atKilled = ChatLoad.start(killed, here);
        ChatLoad atOther = ChatLoad.start(other, there)) {
      atKilled.awaitWhole(ANSWERS);
      atOther.awaitWhole(ANSWERS);

      killAt(step, here, there);

      assertThat(killed.process().awaitExit()).isEqualTo(128 + 9);
      int before = atOther.whole();
      atOther.awaitWhole(before + ANSWERS);
      atOther.finish();
      atKilled.finish();
    }
    killed = killedFolder.serve();
    Within.seconds(60, "all is settled and archived", () -> isAtRest(here, there));
    assertArchived(step, here, there);
  }

  private static void killAt(Step step, Customer... customers) throws Exception {
    switch (step) {
      case HANDED_OUT -> {
        String name = Files.readString(killedFolder.data().resolve("archive-consumer")).strip();
        killAt("XREADGROUP", Moment.CARRIED_OUT, Fault.CUT, () -> isPending(name, customers));
      }
      case READ -> killAt(Place.BEGUN);
      case WRITTEN -> killAt(Place.WRITTEN);
      case COMMITTING -> killAt(Place.COMMITTING);
      case STORED ->
          killAt(ScriptsForTests.ARCHIVE_ACKNOWLEDGE, Moment.SENT, Fault.CUT, () -> true);
      case ACKNOWLEDGING ->
          killAt(ScriptsForTests.ARCHIVE_ACKNOWLEDGE, Moment.SENT, Fault.NONE, () -> true);
      case ACKNOWLEDGED ->
          killAt(ScriptsForTests.ARCHIVE_ACKNOWLEDGE, Moment.CARRIED_OUT, Fault.CUT, () -> true);
      case TRIMMED -> {
        long before = removed(customers);
        killAt(
            ScriptsForTests.ARCHIVE_STATE,
            Moment.CARRIED_OUT,
            Fault.CUT,
            () -> removed(customers) > before);
      }
    }
  }

  private static void killAt(Place place) throws Exception {
    database.halt(place);
    Within.seconds(30, "it stands still", database::isHalted);
    killed.process().kill();
    killed.process().awaitExit();
    database.goOn();
  }

  private static void killAt(String script, Moment moment, Fault fault, BooleanSupplier isThere)
      throws InterruptedException {
    CountDownLatch isKilled = new CountDownLatch(1);
    trap(script, moment, fault, isThere, isKilled);
    assertThat(isKilled.await(30, TimeUnit.SECONDS)).as("it came so far").isTrue();
  }

  /** Again and again, until it has come so far. */
  private static void trap(
      String script, Moment moment, Fault fault, BooleanSupplier isThere, CountDownLatch isKilled) {
    link.trap(
        script,
        moment,
        () -> {
          if (!isThere.getAsBoolean()) {
            trap(script, moment, fault, isThere, isKilled);
            return Fault.NONE;
          }
          try {
            killed.process().kill();
            killed.process().awaitExit();
          } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
          } finally {
            isKilled.countDown();
          }
          return fault;
        });
  }

  private static boolean isPending(String consumer, Customer... customers) {
    return List.of(customers).stream()
        .anyMatch(customer -> DrainedForTests.isPending(redis, account(customer), consumer));
  }

  private static long removed(Customer... customers) {
    return List.of(customers).stream()
        .mapToLong(customer -> DrainedForTests.removed(redis, account(customer)))
        .sum();
  }

  private static AccountId account(Customer customer) {
    return new AccountId(customer.account());
  }

  // ---- afterwards

  private static boolean isAtRest(Customer... customers) {
    if (!killed.isAtRest() || !other.isAtRest()) {
      return false;
    }
    if (provider.account().openNow() != 0 || BooksForTests.openHolds(redis) != 0) {
      return false;
    }
    for (Customer customer : customers) {
      if (archived(customer).balanceNanoUsd() != balance(customer)) {
        return false;
      }
    }
    return true;
  }

  private static ArchivedForTests archived(Customer customer) {
    return ArchivedForTests.of(database.url(), account(customer));
  }

  private static long balance(Customer customer) {
    return redis.state(account(customer)).balanceNanoUsd();
  }

  private static void assertArchived(Step step, Customer here, Customer there) {
    ArchivedForTests atKilled = archived(here);
    ArchivedForTests atOther = archived(there);
    atKilled.assertConsistent();
    atOther.assertConsistent();
    assertThat(atKilled.balanceNanoUsd()).isEqualTo(balance(here));
    List<Served> served = served(provider.account(), there);
    assertThat(atOther.countedRequests()).isEqualTo(served.size());
    assertThat(atOther.chargedNanoUsd())
        .as("entries, against the provider's account times the card")
        .isEqualTo(served.stream().mapToLong(one -> PRICE.costNanoUsd(one.usage())).sum());
    System.out.printf(
        "%s: through the killed gateway %s; through the other %s, the provider served %d%n",
        step, atKilled, atOther, served.size());
  }

  private static List<Served> served(ProviderAccount account, Customer customer) {
    List<Served> served =
        account.all().stream()
            .filter(one -> one.request().field("user").equals(customer.account()))
            .toList();
    assertThat(served).allMatch(Served::isWhole);
    return served;
  }
}
