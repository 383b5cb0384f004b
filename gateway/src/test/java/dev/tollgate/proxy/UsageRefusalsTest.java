package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UsageRefusalsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final Route ROUTE = new Route(Purchases.provider("acme", "openai"), "llama");

  private long nanos = -5;
  private final UsageRefusals refusals = new UsageRefusals(() -> nanos);

  @Test
  void aRefusal_isRememberedForItsModelAndEndpoint() {
    refusals.remember(ROUTE, CHAT);

    assertThat(refusals.isRemembered(ROUTE, CHAT)).isTrue();
    assertThat(refusals.isRemembered(ROUTE, "/v1/completions")).isFalse();
    assertThat(refusals.isRemembered(new Route(ROUTE.provider(), "other"), CHAT)).isFalse();
  }

  @Test
  void aRefusal_isForgottenAfterAWhile_soThatAProviderIsAskedAgain() {
    refusals.remember(ROUTE, CHAT);

    nanos += UsageRefusals.REMEMBERED_NANOS - 1;
    assertThat(refusals.isRemembered(ROUTE, CHAT)).isTrue();
    nanos++;
    assertThat(refusals.isRemembered(ROUTE, CHAT)).isFalse();
    assertThat(refusals.size()).isZero();
  }

  @Test
  void aRefusal_saidAgain_countsFromThen() {
    refusals.remember(ROUTE, CHAT);
    nanos += TimeUnit.MINUTES.toNanos(9);
    refusals.remember(ROUTE, CHAT);
    nanos += TimeUnit.MINUTES.toNanos(9);

    assertThat(refusals.isRemembered(ROUTE, CHAT)).isTrue();
    assertThat(refusals.size()).isEqualTo(1);
  }

  @Test
  void moreThanCanBeRemembered_pushOutTheOldest() {
    for (int i = 0; i <= UsageRefusals.REMEMBERED_MAX; i++) {
      refusals.remember(new Route(ROUTE.provider(), "model-" + i), CHAT);
    }

    assertThat(refusals.size()).isEqualTo(UsageRefusals.REMEMBERED_MAX);
    assertThat(refusals.isRemembered(new Route(ROUTE.provider(), "model-0"), CHAT)).isFalse();
    assertThat(refusals.isRemembered(new Route(ROUTE.provider(), "model-1"), CHAT)).isTrue();
  }
}
