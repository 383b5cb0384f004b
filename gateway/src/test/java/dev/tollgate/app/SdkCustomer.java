package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.TestCard;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/**
 * A customer with money and one key, who buys through a gateway of its own from a fake provider of
 * its own.
 */
record SdkCustomer(FakeProvider provider, GatewayForTests gateway, String key, String creditUsd)
    implements AutoCloseable {
  /**
   * @param seed of what the provider answers
   */
  static SdkCustomer start(long seed, String creditUsd) throws IOException {
    FakeProvider provider = FakeProvider.start(seed);
    GatewayForTests gateway = GatewayForTests.start(provider);
    return new SdkCustomer(provider, gateway, gateway.createKey(creditUsd), creditUsd);
  }

  Served onlyServed() {
    return provider.account().all().getFirst();
  }

  /**
   * The balance, as the customer sees it, is the credit less the provider's own account times the
   * card, to the nano-dollar, and the key has not been shown to the provider.
   */
  void assertLedgerAgrees(int requests) throws Exception {
    provider.account().await(requests);
    gateway.awaitSettled(key);
    assertThat(provider.account().all()).allMatch(Served::isWhole).hasSize(requests);
    long cost = provider.account().costNanoUsd(TestCard.PRICES);
    long credit = Money.parseUsd(creditUsd);
    assertThat(cost).isPositive().isLessThan(credit);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(cost);
    JsonNode usage = gateway.get(key, "/v1/usage");
    assertThat(Money.ofUsd(usage.path("balance").decimalValue())).isEqualTo(credit - cost);
    assertThat(Money.ofUsd(usage.path("remaining").decimalValue()))
        .as("nothing is held any more")
        .isEqualTo(credit - cost);
    for (Served served : provider.account().all()) {
      assertThat(served.request().text()).doesNotContain(key);
    }
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    provider.close();
  }
}
