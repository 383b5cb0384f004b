package dev.tollgate.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdsTest {
  @Test
  void nextRequestId_manyOfTwoMakers_areAllDifferent() {
    Ids one = new Ids(new SplittableRandom(1));
    Ids other = new Ids(new SplittableRandom(2));
    Set<RequestId> seen = new HashSet<>();

    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(one.nextRequestId())).isTrue();
      assertThat(seen.add(other.nextRequestId())).isTrue();
    }
    assertThat(one.nextRequestId().value()).matches("req_[0-9a-z]{24}");
  }

  @Test
  void nextSecret_withAPrefix_carries256Bits() {
    String secret = new Ids(new SplittableRandom(3)).nextSecret("tg_live_");

    assertThat(secret).matches("tg_live_[0-9A-Za-z]{43}");
  }

  @Test
  void isRequestId_ofWhatIsMade_andOfNothingElse() {
    String made = new Ids(new SplittableRandom(4)).nextRequestId().value();

    assertThat(RequestId.isRequestId(made)).isTrue();
    assertThat(RequestId.isRequestId(made + "0")).isFalse();
    assertThat(RequestId.isRequestId(made.substring(1))).isFalse();
    assertThat(RequestId.isRequestId(made + "\n")).isFalse();
    assertThat(RequestId.isRequestId("req_" + "l".repeat(24))).as("l is no digit").isFalse();
  }
}
