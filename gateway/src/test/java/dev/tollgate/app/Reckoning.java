package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.BooksForTests;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.provider.ProviderAccount;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestCard;
import dev.tollgate.provider.TestPrice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

/**
 * Holds the ledger against the account that the provider has kept, priced by the card. Every
 * request names the account that pays for it as its {@code user}.
 */
final class Reckoning {
  private final ProviderAccount provider;
  private final String redisUri;
  private final List<GatewayForTests> gateways;

  /**
   * @param gateways all that share the Redis; the first made the keys
   */
  Reckoning(ProviderAccount provider, String redisUri, List<GatewayForTests> gateways) {
    this.provider = provider;
    this.redisUri = redisUri;
    this.gateways = List.copyOf(gateways);
  }

  /**
   * Waits until all is settled, while nobody buys; then nothing may be lost, double or leaked.
   *
   * @param as for the message of a failure
   */
  void assertRight(String as, List<String> keys) throws Exception {
    GatewayForTests first = gateways.getFirst();
    first.await(() -> provider.openNow() == 0);
    Map<String, Long> servedNanoUsd = servedNanoUsd();
    try (RedisForTests redis = RedisForTests.open(RedisForTests.settings(redisUri), 1)) {
      awaitSettled(redis, keys, servedNanoUsd);
      for (String key : keys) {
        AccountId account = first.accountId(key);
        long served = servedNanoUsd.getOrDefault(account.value(), 0L);
        BooksForTests books = BooksForTests.of(redis, account);
        assertThat(first.creditNanoUsd(key) - books.balanceNanoUsd())
            .as("%s: what was charged, against what was served; %s", as, books)
            .isEqualTo(served);
        books.assertConsistent();
        BooksForTests.assertBudgets(redis, first.keyRef(key), served);
      }
      assertThat(BooksForTests.openHolds(redis)).as("%s: open holds", as).isZero();
    }
    awaitQuiet(as);
  }

  /**
   * A machine with too much to do may let a gateway miss its Redis for a moment, but not longer.
   */
  private void awaitQuiet(String as) throws Exception {
    try {
      gateways.getFirst().await(this::areQuiet);
    } catch (TimeoutException notQuiet) {
      List<String> said = new ArrayList<>();
      for (GatewayForTests gateway : gateways) {
        said.add(gateway.readiness());
      }
      throw new AssertionError(as + ": a gateway does not come to rest: " + said, notQuiet);
    }
  }

  /** What each account owes, by what the provider served for it. */
  private Map<String, Long> servedNanoUsd() {
    Map<String, Long> byAccount = new HashMap<>();
    for (Served served : provider.all()) {
      assertThat(served.isWhole()).as("served whole: %s", served.failure()).isTrue();
      TestPrice price = Objects.requireNonNull(TestCard.PRICES.get(served.model()));
      String account = served.request().field("user");
      byAccount.merge(account, price.costNanoUsd(served.usage()), Math::addExact);
    }
    return byAccount;
  }

  private void awaitSettled(RedisForTests redis, List<String> keys, Map<String, Long> served)
      throws Exception {
    try {
      gateways.getFirst().await(() -> areQuiet() && areAsServed(redis, keys, served));
    } catch (TimeoutException notRight) {
      // What is asserted next says what is wrong.
    }
  }

  private boolean areQuiet() throws IOException, InterruptedException {
    for (GatewayForTests gateway : gateways) {
      String readiness = gateway.readiness();
      if (!readiness.startsWith("200")
          || !readiness.contains("\"depth\":0,")
          || !readiness.contains("\"replaying\":false")) {
        return false;
      }
    }
    return true;
  }

  private boolean areAsServed(RedisForTests redis, List<String> keys, Map<String, Long> served) {
    GatewayForTests first = gateways.getFirst();
    try {
      for (String key : keys) {
        AccountId account = first.accountId(key);
        var state = redis.state(account);
        long spent = first.creditNanoUsd(key) - state.balanceNanoUsd();
        if (spent != served.getOrDefault(account.value(), 0L) || state.heldNanoUsd() != 0) {
          return false;
        }
      }
      return true;
    } catch (LedgerUnavailableException away) {
      return false;
    }
  }
}
