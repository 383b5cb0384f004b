package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.ArchivedForTests;
import dev.tollgate.cli.ServingGateway.Customer;
import dev.tollgate.domain.AccountId;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.TestPrice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * `kill -9` of a gateway with an archive and a Redis of its own, again and again, at random moments
 * in the midst of what it drains. No entry is missing and none is double.
 */
@Timeout(180)
class EmbeddedDrainKillIT {
  private static final long SEED = Long.getLong("tollgate.test.seed", 48);
  private static final int KILLS = Integer.getInteger("tollgate.test.kills", 4);
  private static final int ANSWERS = 120;
  private static final long CREDIT_NANO_USD = 10_000_000_000L;

  @TempDir private Path directory;

  private FakeProvider provider;
  private GatewayFolder folder;

  @BeforeEach
  void open() throws IOException {
    provider = FakeProvider.start(SEED);
    folder = GatewayFolder.of(directory, provider);
    folder.write(
        Files.readString(folder.gatewayFile())
            + """
            limits:
              drain: { batch_events_max: 4, page_events_max: 2, poll_millis: 10ms, watch_millis: 100ms }
            """);
  }

  @AfterEach
  void close() throws Exception {
    folder.close();
    provider.close();
  }

  private String url() {
    return "jdbc:sqlite:" + folder.data().resolve("archive/archive.db");
  }

  @Test
  void kills_inTheMidstOfTheDrain_leaveNoEntryOutAndNoneTwice() throws Exception {
    System.out.println("EmbeddedDrainKillIT: -Dtollgate.test.seed=" + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    ServingGateway gateway = folder.serve();
    Customer customer = gateway.customerWithUsd(10);
    AccountId account = new AccountId(customer.account());
    int bought = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      bought += buyWhileNothingIsArchived(gateway, customer);
      long until = archived(account).countedRequests() + random.nextInt(ANSWERS);
      Within.seconds(30, "it drains", () -> archived(account).countedRequests() >= until);
      gateway.process().kill();
      assertThat(gateway.process().awaitExit()).isEqualTo(128 + 9);
      ArchivedForTests left = archived(account);
      left.assertConsistent();
      System.out.printf(
          "kill %d: %d of %d requests were archived%n", kill, left.countedRequests(), bought);
      folder.awaitNoRedis();
      gateway = folder.serve();
    }
    ServingGateway last = gateway;
    long charged = provider.account().costNanoUsd(Map.of("llama-3.3-70b", price()));
    Within.seconds(
        30,
        "nothing waits",
        () -> last.isAtRest() && archived(account).chargedNanoUsd() >= charged);

    ArchivedForTests all = archived(account);
    all.assertConsistent();
    assertThat(all.chargedNanoUsd())
        .as("entries, against the provider's account times the card")
        .isEqualTo(charged);
    assertThat(all.countedRequests()).isEqualTo(bought).isEqualTo(provider.account().received());
    assertThat(all.balanceNanoUsd())
        .isEqualTo(last.balanceNanoUsd(customer))
        .isEqualTo(CREDIT_NANO_USD - charged);
  }

  /** Everything is settled then, and waits for the file, of which this has the lock. */
  private int buyWhileNothingIsArchived(ServingGateway gateway, Customer customer)
      throws Exception {
    try (Connection file = DriverManager.getConnection(url());
        Statement statement = file.createStatement()) {
      statement.execute("pragma busy_timeout = 30000");
      statement.execute("begin immediate");
      int bought;
      try (ChatLoad load = ChatLoad.start(gateway, customer)) {
        load.awaitWhole(ANSWERS);
        bought = load.finish();
      }
      Within.seconds(30, "all is paid", () -> provider.account().openNow() == 0);
      gateway.awaitSettled(customer);
      statement.execute("commit");
      return bought;
    }
  }

  private ArchivedForTests archived(AccountId account) {
    return ArchivedForTests.of(url(), account);
  }

  private static TestPrice price() {
    return TestPrice.of("0.20", "0.60");
  }
}
