package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailoverTest {
  private static final Route FIRST = new Route(Purchases.provider("first", "openai"), "a");
  private static final Route SECOND = new Route(Purchases.provider("second", "openai"), "b");

  @Test
  void routes_areTriedInOrderAndOnce() {
    Failover failover = new Failover(List.of(FIRST, SECOND));

    assertThat(failover.nextRoute()).isEqualTo(FIRST);
    assertThat(failover.hasNext()).isTrue();
    assertThat(failover.nextRoute()).isEqualTo(SECOND);
    assertThat(failover.hasNext()).isFalse();
    assertThat(failover.nextRoute()).isNull();
  }

  @Test
  void attempts_areNotedInOrder() {
    Failover failover = new Failover(List.of(FIRST, SECOND));
    assertThat(failover.attempts()).isEmpty();

    failover.note(FIRST, "429", 7);
    failover.note(SECOND, "ok", 1234);

    assertThat(failover.attempts()).isEqualTo("first:429:7 second:ok:1234");
  }

  @ParameterizedTest
  @CsvSource({
    "200, false",
    "301, false",
    "400, false",
    "401, false",
    "403, false",
    "404, false",
    "408, true",
    "422, false",
    "429, true",
    "499, false",
    "500, true",
    "503, true",
    "529, true"
  })
  void answers_thatAnotherProviderMayDoBetterThan(int status, boolean isWorthAnother) {
    assertThat(Failover.isWorthAnother(status)).isEqualTo(isWorthAnother);
  }
}
