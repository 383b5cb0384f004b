package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LogWatch;
import dev.tollgate.upstream.TargetHealth.State;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TargetHealthTest {
  private static final BreakerSettings SETTINGS =
      new BreakerSettings(50, 10, 20, 1_000, 3_000, 3, 5_000, 10_000);

  private static final int CLOCK_READS_MAX = 20;

  private long nanos = TimeUnit.DAYS.toNanos(1);
  private final Targets targets = new Targets(SETTINGS, () -> nanos);
  private final TargetHealth health = targets.of(new TargetName("acme", "m"));

  private void pass(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private TargetVisit enter() {
    TargetVisit visit = health.tryEnter();
    assertThat(visit).isNotNull();
    return Objects.requireNonNull(visit);
  }

  private void succeed(int calls) {
    for (int i = 0; i < calls; i++) {
      enter().succeeded(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private void fail(int calls) {
    for (int i = 0; i < calls; i++) {
      enter().failed(1);
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
    assertThat(health.tryEnter()).isNull();
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
      assertThat(health.tryEnter()).isNotNull();
    }
    assertThat(health.tryEnter()).isNull();
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
      assertThat(health.tryEnter()).isNotNull();
    }
    pass(5_001);

    assertThat(health.tryEnter()).isNull();
    assertThat(health.state()).isEqualTo(State.DOWN);
    pass(2_001);
    assertThat(health.tryEnter()).isNotNull();
  }

  @Test
  void callThatSaysNothing_countsForNothing() {
    for (int i = 0; i < 100; i++) {
      enter().left();
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
      enter().succeeded(TimeUnit.MILLISECONDS.toNanos(100));
    }
    assertThat(health.latencyMillis()).isBetween(98L, 100L);
  }

  @Test
  void callThatBeganBefore_isNoTrial_andGivesNoneBack() {
    TargetVisit slow = enter();
    TargetVisit left = enter();
    TargetVisit broken = enter();
    fail(10);
    pass(1_001);
    TargetVisit trial = enter();

    slow.failed(1);
    left.left();
    broken.brokeOff(1);
    TargetVisit second = enter();
    TargetVisit third = enter();
    assertThat(health.tryEnter()).isNull();
    trial.succeeded(1);
    second.succeeded(1);
    third.succeeded(1);

    assertThat(health.state()).isEqualTo(State.DEGRADED);
    assertThat(health.sharePercent()).isEqualTo(10);
  }

  @Test
  void visit_countsOnce_whateverIsSaidAfter() {
    fail(10);
    pass(1_001);
    TargetVisit trial = enter();
    trial.left();
    trial.left();
    trial.failed(1);
    trial.succeeded(1);

    for (int i = 0; i < SETTINGS.trialCalls(); i++) {
      enter();
    }
    assertThat(health.tryEnter()).isNull();
  }

  @Test
  void trialsThatFailAgainAndAgain_areLoggedOnce() {
    try (LogWatch log = LogWatch.of(TargetHealth.class)) {
      fail(10);
      for (int i = 0; i < 3; i++) {
        pass(3_001);
        fail(SETTINGS.trialCalls());
      }
      pass(3_001);
      succeed(SETTINGS.trialCalls());

      assertThat(log.messages())
          .containsExactly(
              "acme/m fails too often: it is left alone for 1000 ms", "acme/m answers again");
    }
  }

  /**
   * Whoever comes while another one begins the trials must not take them for hanging ones. The
   * other lane comes in turn at each moment at which the first one reads the clock.
   */
  @Test
  void trials_beginOnce_wheneverAnotherComesInBetween() {
    for (int moment = 0; moment < CLOCK_READS_MAX; moment++) {
      AtomicInteger readsLeft = new AtomicInteger(Integer.MAX_VALUE);
      AtomicReference<TargetHealth> interrupted = new AtomicReference<>();
      AtomicInteger entered = new AtomicInteger();
      TargetHealth its =
          new Targets(
                  SETTINGS,
                  () -> {
                    if (readsLeft.getAndDecrement() == 0) {
                      entered.addAndGet(entries(Objects.requireNonNull(interrupted.get()), 1));
                    }
                    return nanos;
                  })
              .of(new TargetName("acme", "moment " + moment));
      for (int i = 0; i < SETTINGS.callsMin(); i++) {
        Objects.requireNonNull(its.tryEnter()).failed(1);
      }
      pass(1_001);
      interrupted.set(its);
      readsLeft.set(moment);
      entered.addAndGet(entries(its, 2 * SETTINGS.trialCalls()));

      assertThat(entered).as("moment %d", moment).hasValue(SETTINGS.trialCalls());
      assertThat(its.state()).as("moment %d", moment).isEqualTo(State.DEGRADED);
    }
  }

  private static int entries(TargetHealth health, int calls) {
    int entered = 0;
    for (int i = 0; i < calls; i++) {
      entered += health.tryEnter() == null ? 0 : 1;
    }
    return entered;
  }
}
