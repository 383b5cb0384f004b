package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LogWatch;
import dev.tollgate.upstream.TargetHealth.State;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What health checks mean for the targets of their provider. */
class ProviderHealthTest {
  private static final BreakerSettings BREAKERS =
      new BreakerSettings(50, 2, 4, 60_000, 60_000, 1, 5_000, 10_000);

  /** Three checks that fail take it away, two that pass bring it back. */
  private static final HealthCheckSettings CHECKS =
      new HealthCheckSettings("/", "GET", "", 1_000, 500, 3, 2, new StatusRange(200, 399), 1);

  private static final long OUTWEIGHED_MILLIS = 3_000;

  private long nanos = TimeUnit.DAYS.toNanos(1);
  private final Targets targets = new Targets(BREAKERS, () -> nanos);
  private final ProviderHealth provider = targets.provider("acme");
  private final TargetHealth one = targets.of(new TargetName("acme", "one"));
  private final TargetHealth two = targets.of(new TargetName("acme", "two"));
  private final TargetHealth stranger = targets.of(new TargetName("other", "one"));

  @BeforeEach
  void check() {
    provider.checksBegin(CHECKS);
  }

  private void pass(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void fail(int checks) {
    for (int i = 0; i < checks; i++) {
      provider.checkFailed("answered 503");
    }
  }

  private void pass(int checks) {
    for (int i = 0; i < checks; i++) {
      provider.checkPassed(TimeUnit.MILLISECONDS.toNanos(7));
    }
  }

  private static TargetVisit enter(TargetHealth target) {
    return Objects.requireNonNull(target.tryEnter());
  }

  private static void serve(TargetHealth target) {
    enter(target).succeeded(TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void fewerFailuresInARowThanTheMost_changeNothing() {
    fail(2);
    pass(1);
    fail(2);

    assertThat(one.state()).isEqualTo(State.OK);
    assertThat(one.sharePercent()).isEqualTo(100);
  }

  @Test
  void failuresInARow_putAllItsTargetsLast_andStopNobodyWhoHasNoOther() {
    fail(3);

    assertThat(one.state()).isEqualTo(State.DOWN);
    assertThat(two.state()).isEqualTo(State.DOWN);
    assertThat(one.sharePercent()).isZero();
    assertThat(two.sharePercent()).isZero();
    assertThat(one.mayEnter()).isTrue();
    assertThat(one.tryEnter()).isNotNull();
    assertThat(one.restMillis()).isZero();
    assertThat(stranger.state()).isEqualTo(State.OK);
    assertThat(stranger.sharePercent()).isEqualTo(100);
  }

  @Test
  void successesInARow_bringItBackSlowly() {
    fail(3);
    pass(1);
    assertThat(one.sharePercent()).isZero();
    fail(1);
    pass(1);
    assertThat(one.sharePercent()).isZero();
    pass(1);

    assertThat(one.sharePercent()).isEqualTo(10);
    assertThat(one.state()).isEqualTo(State.DEGRADED);
    pass(5_000L);
    assertThat(one.sharePercent()).isEqualTo(55);
    pass(5_000L);
    assertThat(one.sharePercent()).isEqualTo(100);
    assertThat(one.state()).isEqualTo(State.OK);
  }

  @Test
  void realAnswers_outweighChecksThatFail_asLongAsTheyAreNew() {
    serve(two);
    fail(3);

    assertThat(one.state()).isEqualTo(State.DEGRADED);
    assertThat(one.sharePercent()).isEqualTo(100);
    pass(OUTWEIGHED_MILLIS);
    assertThat(one.state()).isEqualTo(State.DOWN);
    assertThat(one.sharePercent()).isZero();
  }

  @Test
  void realAnswer_ofOneThatIsDown_bringsItBackSlowly_andChecksThatPassLaterChangeNothing() {
    fail(3);
    serve(one);

    assertThat(two.state()).isEqualTo(State.DEGRADED);
    assertThat(two.sharePercent()).isEqualTo(10);
    for (int i = 0; i < 10; i++) {
      pass(1_000L);
      serve(one);
      fail(1);
    }
    assertThat(two.sharePercent()).isEqualTo(100);
    assertThat(two.state()).isEqualTo(State.DEGRADED);
    pass(2);
    assertThat(two.sharePercent()).isEqualTo(100);
    assertThat(two.state()).isEqualTo(State.OK);
  }

  @Test
  void realFailures_doNotOutweighThem() {
    enter(one).failed(1);
    fail(3);

    assertThat(one.state()).isEqualTo(State.DOWN);
  }

  @Test
  void recovery_endsTheRestsOfItsBreakers_whichAreTriedAsUsual() {
    for (int i = 0; i < BREAKERS.callsMin(); i++) {
      enter(one).failed(1);
    }
    fail(3);
    assertThat(one.tryEnter()).isNull();
    assertThat(one.restMillis()).isEqualTo(60_000L);
    pass(10L);
    pass(2);

    assertThat(one.restMillis()).isZero();
    assertThat(one.mayEnter()).isTrue();
    assertThat(one.state()).isEqualTo(State.DEGRADED);
    TargetVisit trial = enter(one);
    assertThat(one.tryEnter()).isNull();
    trial.failed(1);
    assertThat(one.state()).isEqualTo(State.DOWN);
    assertThat(one.tryEnter()).isNull();
  }

  @Test
  void checksThatNeverFailed_doNotEndABreakersRest() {
    pass(2);
    for (int i = 0; i < BREAKERS.callsMin(); i++) {
      enter(one).failed(1);
    }
    pass(1L);
    pass(5);

    assertThat(one.tryEnter()).isNull();
    assertThat(one.state()).isEqualTo(State.DOWN);
  }

  @Test
  void checksThatEnd_areForgotten() {
    fail(3);
    provider.checksEnd();

    assertThat(one.state()).isEqualTo(State.OK);
    assertThat(one.sharePercent()).isEqualTo(100);
    assertThat(one.latencyMillis()).isEqualTo(-1);
  }

  @Test
  void latencyOfChecks_isToldWhereATargetHasNotAnsweredForLong() {
    pass(1);
    assertThat(one.latencyMillis()).isEqualTo(7);
    serve(one);
    assertThat(one.latencyMillis()).isEqualTo(20);
    assertThat(two.latencyMillis()).isEqualTo(7);
    pass(TimeUnit.MINUTES.toMillis(5));
    assertThat(one.latencyMillis()).isEqualTo(7);
    provider.checksEnd();
    assertThat(one.latencyMillis()).isEqualTo(20);
  }

  @Test
  void changes_areLoggedOnce() {
    try (LogWatch log = LogWatch.of(ProviderHealth.class)) {
      fail(10);
      pass(10);

      assertThat(log.messages())
          .containsExactly(
              "acme fails its health checks, and others are tried before it: it answered 503",
              "acme passes its health checks again");
    }
  }
}
