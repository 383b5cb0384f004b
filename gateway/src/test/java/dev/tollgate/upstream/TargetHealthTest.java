package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.upstream.TargetHealth.State;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TargetHealthTest {
  private static final BreakerSettings SETTINGS =
      new BreakerSettings(50, 10, 20, 1_000, 3_000, 3, 5_000, 10_000);

  private long nanos = TimeUnit.DAYS.toNanos(1);
  private final TargetHealth health =
      new TargetHealth(new TargetName("acme", "m"), SETTINGS, () -> nanos);

  private void pass(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void succeed(int calls) {
    for (int i = 0; i < calls; i++) {
      assertThat(health.tryEnter()).isTrue();
      health.succeeded(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private void fail(int calls) {
    for (int i = 0; i < calls; i++) {
      assertThat(health.tryEnter()).isTrue();
      health.failed(1);
    }
  }

  @Test
  void halfOfTheCallsFail_itIsLeftAlone_onceThereAreEnough() {
    succeed(5);
    fail(4);
    assertThat(health.mayEnter()).isTrue();
    fail(1);

    assertThat(health.state()).isEqualTo(State.DOWN);
    assertThat(health.mayEnter()).isFalse();
    assertThat(health.tryEnter()).isFalse();
    assertThat(health.sharePercent()).isZero();
    assertThat(health.restMillis()).isEqualTo(1_000L);
  }

  @Test
  void fewerThanHalfFail_itIsCalledOn_andSaidToBeDegraded() {
    succeed(16);
    fail(4);

    assertThat(health.state()).isEqualTo(State.DEGRADED);
    assertThat(health.sharePercent()).isEqualTo(100);
  }

  @Test
  void failuresBeforeTheLatestCalls_doNotCount() {
    succeed(11);
    fail(9);
    succeed(20);
    fail(9);

    assertThat(health.mayEnter()).isTrue();
  }

  @Test
  void afterItsRest_aFewTryIt_andNoMoreAtATime() {
    fail(10);
    pass(1_001);

    assertThat(health.mayEnter()).isTrue();
    for (int i = 0; i < SETTINGS.trialCalls(); i++) {
      assertThat(health.tryEnter()).isTrue();
    }
    assertThat(health.tryEnter()).isFalse();
    assertThat(health.state()).isEqualTo(State.DEGRADED);
  }

  @Test
  void trialsThatFail_letItRestTwiceAsLong_upToTheMost() {
    fail(10);
    for (long rest : new long[] {1_000, 2_000, 3_000, 3_000}) {
      pass(rest - 1);
      assertThat(health.mayEnter()).isFalse();
      pass(2);
      fail(SETTINGS.trialCalls());
      assertThat(health.state()).isEqualTo(State.DOWN);
    }
  }

  @Test
  void trialsThatSucceed_bringItBackSlowly() {
    fail(10);
    pass(1_001);
    succeed(SETTINGS.trialCalls());

    assertThat(health.state()).isEqualTo(State.DEGRADED);
    assertThat(health.sharePercent()).isEqualTo(10);
    pass(5_000);
    assertThat(health.sharePercent()).isEqualTo(55);
    pass(5_000);
    assertThat(health.sharePercent()).isEqualTo(100);
    assertThat(health.state()).isEqualTo(State.OK);
  }

  @Test
  void trialsThatNeverEnd_doNotKeepOthersOutForEver() {
    fail(10);
    pass(1_001);
    for (int i = 0; i < SETTINGS.trialCalls(); i++) {
      assertThat(health.tryEnter()).isTrue();
    }
    pass(5_001);

    assertThat(health.tryEnter()).isFalse();
    assertThat(health.state()).isEqualTo(State.DOWN);
    pass(2_001);
    assertThat(health.tryEnter()).isTrue();
  }

  @Test
  void callThatSaysNothing_countsForNothing() {
    for (int i = 0; i < 100; i++) {
      assertThat(health.tryEnter()).isTrue();
      health.left();
    }
    fail(9);

    assertThat(health.mayEnter()).isTrue();
  }

  @Test
  void oneThatAsksForTime_getsIt_andIsCalledIfThereIsNoOther() {
    health.restFor(2_000);

    assertThat(health.sharePercent()).isZero();
    assertThat(health.mayEnter()).isTrue();
    assertThat(health.state()).isEqualTo(State.DEGRADED);
    pass(2_001);
    assertThat(health.sharePercent()).isEqualTo(100);
    health.restFor(Long.MAX_VALUE / 1_000_000);
    pass(SETTINGS.restMillisMax() + 1);
    assertThat(health.sharePercent()).isEqualTo(100);
  }

  @Test
  void latency_followsTheAnswers() {
    assertThat(health.latencyMillis()).isEqualTo(-1);
    succeed(1);
    assertThat(health.latencyMillis()).isEqualTo(20);
    for (int i = 0; i < 100; i++) {
      health.succeeded(TimeUnit.MILLISECONDS.toNanos(100));
    }
    assertThat(health.latencyMillis()).isBetween(98L, 100L);
  }
}
