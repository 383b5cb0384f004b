package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Refusal;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.TargetHealth;
import dev.tollgate.upstream.Targets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailoverTest {
  private static final Route FIRST = new Route(Purchases.provider("first", "openai"), "a");
  private static final Route SECOND = new Route(Purchases.provider("second", "openai"), "b");
  private static final RetrySettings SETTINGS = new RetrySettings(4, 2, 10_000, 200, 200);
  private static final BreakerSettings BREAKERS =
      new BreakerSettings(50, 4, 4, 1_000, 8_000, 1, 5_000, 0);

  private long nanos = TimeUnit.DAYS.toNanos(1);
  private final Targets targets = new Targets(BREAKERS, () -> nanos);

  private Failover failover(Route... routes) {
    AttemptPlan plan =
        AttemptPlan.of(
            List.of(routes),
            SETTINGS,
            route -> targets.of(route.target()).sharePercent(),
            new Random(1));
    return new Failover(plan, targets, SETTINGS, true, () -> nanos);
  }

  private void pass(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void breakDown(Route route) {
    TargetHealth health = targets.of(route.target());
    for (int i = 0; i < BREAKERS.callsMin(); i++) {
      Objects.requireNonNull(health.tryEnter()).failed(1);
    }
    assertThat(health.state()).isEqualTo(TargetHealth.State.DOWN);
  }

  @Test
  void secondRoute_isTriedAtOnce_andTheFirstAgainAfterItsPause() {
    Failover failover = failover(FIRST, SECOND);

    assertThat(failover.next()).isEqualTo(new Failover.Try(FIRST, 0));
    assertThat(failover.enter()).isTrue();
    failover.failed(FIRST, Outcome.ofStatus(500, 0));
    assertThat(failover.next()).isEqualTo(new Failover.Try(SECOND, 0));
    assertThat(failover.enter()).isTrue();
    pass(50);
    failover.failed(SECOND, Outcome.ofStatus(500, 0));
    Failover.Try again = Objects.requireNonNull(failover.next());
    assertThat(again.route()).isEqualTo(FIRST);
    assertThat(again.waitMillis()).isBetween(50L, 150L);
  }

  @Test
  void routeThatAsksForMoreTimeThanThereIs_isNotWaitedFor() {
    Failover failover = failover(FIRST);
    failover.next();
    failover.enter();

    assertThat(failover.tries(FIRST).mayFollow(Outcome.ofStatus(429, 9_000))).isTrue();
    assertThat(failover.tries(FIRST).mayFollow(Outcome.ofStatus(429, 10_001))).isFalse();
    pass(2_000);
    assertThat(failover.tries(FIRST).mayFollow(Outcome.ofStatus(429, 9_000))).isFalse();
  }

  @Test
  void afterTheTimeForTries_noneBegins() {
    Failover failover = failover(FIRST, SECOND);
    failover.next();
    failover.enter();
    pass(10_001);

    assertThat(failover.tries(FIRST).mayFollow(Outcome.ofStatus(500, 0))).isFalse();
    failover.failed(FIRST, Outcome.ofStatus(500, 0));
    assertThat(failover.next()).isNull();
  }

  @Test
  void routeThatIsDown_isPassedOver() {
    breakDown(FIRST);

    Failover failover = failover(FIRST, SECOND);

    assertThat(failover.next()).isEqualTo(new Failover.Try(SECOND, 0));
  }

  @Test
  void routesThatAreAllDown_areRefusedFor_withTheTimeThatTheyAreLeftAlone() {
    breakDown(FIRST);
    pass(400);
    breakDown(SECOND);
    Failover failover = failover(FIRST, SECOND);

    assertThat(failover.next()).isNull();
    assertThat(failover.refusalUntried(List.of(FIRST, SECOND)))
        .isInstanceOfSatisfying(
            Refusal.UpstreamError.class,
            refusal -> assertThat(refusal.retryAfterSeconds()).isEqualTo(1));
  }

  @Test
  void lastRouteLeft_isNotFollowed_whenTheOtherIsDown() {
    Failover failover = failover(FIRST, SECOND);
    breakDown(SECOND);
    failover.next();
    failover.enter();

    Outcome broken = new Outcome(Outcome.Kind.BROKEN, 0, 0);
    assertThat(failover.tries(FIRST).mayFollow(broken)).isFalse();
  }

  @Test
  void routeThatWentDownMeanwhile_isNotEntered() {
    Failover failover = failover(FIRST, SECOND);
    failover.next();
    breakDown(FIRST);

    assertThat(failover.enter()).isFalse();
    assertThat(failover.next()).isEqualTo(new Failover.Try(SECOND, 0));
  }

  @Test
  void trial_whoseClientIsGone_letsTheNextOneIn() {
    breakDown(FIRST);
    pass(1_001);
    Failover trial = failover(FIRST);
    trial.next();
    assertThat(trial.enter()).isTrue();
    assertThat(failover(FIRST).next()).isNull();

    trial.left();

    Failover next = failover(FIRST);
    next.next();
    assertThat(next.enter()).isTrue();
    next.answered();
    assertThat(targets.of(FIRST.target()).state()).isEqualTo(TargetHealth.State.OK);
  }

  @Test
  void answer_isTheLast_whenTheOnlyOtherTargetIsBeingTriedBySomebodyElse() {
    breakDown(SECOND);
    pass(1_001);
    Failover trial = failover(SECOND);
    trial.next();
    assertThat(trial.enter()).isTrue();
    Failover failover = failover(FIRST, SECOND);
    failover.next();
    failover.enter();
    Outcome broken = new Outcome(Outcome.Kind.BROKEN, 0, 0);

    assertThat(failover.tries(FIRST).mayFollow(broken)).isFalse();
    trial.left();
    assertThat(failover.tries(FIRST).mayFollow(broken)).isTrue();
  }

  @Test
  void attempts_areNotedInOrder() {
    Failover failover = failover(FIRST, SECOND);
    assertThat(failover.attempts()).isEmpty();

    failover.enter();
    pass(3);
    failover.tries(FIRST).resent();
    pass(7);
    failover.note(FIRST, "429");
    pass(100);
    failover.enter();
    pass(1234);
    failover.note(SECOND, "ok");

    assertThat(failover.attempts()).isEqualTo("first:resent:3 first:429:7 second:ok:1234");
  }
}
