package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.proxy.AttemptPlan.Step;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AttemptPlanTest {
  private static final Route A = route("a", 0);
  private static final Route B = route("b", 0);
  private static final Route C = route("c", 0);
  private static final RetrySettings TWICE = new RetrySettings(4, 2, 30_000, 200, 300);

  private static Route route(String provider, int weight) {
    Route route = new Route(Purchases.provider(provider, "openai"), "m");
    return new Route(route.provider(), route.model(), weight, route.bounds());
  }

  private static AttemptPlan plan(RetrySettings settings, Route... routes) {
    return AttemptPlan.of(List.of(routes), settings, route -> 100, new Random(7));
  }

  private static List<String> names(AttemptPlan plan) {
    return plan.steps().stream().map(step -> step.route().provider().settings().name()).toList();
  }

  @Test
  void routes_areTriedInOrder_thenAgainAfterAPause() {
    AttemptPlan plan = plan(TWICE, A, B);

    assertThat(names(plan)).containsExactly("a", "b", "a", "b");
    assertThat(plan.steps().subList(0, 2)).allMatch(step -> step.pauseMillis() == 0);
    assertThat(plan.steps().subList(2, 4))
        .allSatisfy(step -> assertThat(step.pauseMillis()).isBetween(100L, 200L));
  }

  @Test
  void plan_saysWhatItIs() {
    AttemptPlan plan = new AttemptPlan(List.of(new Step(A, 0), new Step(B, 0), new Step(A, 180)));

    assertThat(plan).hasToString("a/m, b/m, a/m after 180 ms");
  }

  @Test
  void tries_areNoMoreThanAllowed() {
    assertThat(names(plan(new RetrySettings(4, 3, 1, 1, 1), A, B, C)))
        .containsExactly("a", "b", "c", "a");
    assertThat(names(plan(new RetrySettings(4, 1, 1, 1, 1), A, B))).containsExactly("a", "b");
    assertThat(names(plan(new RetrySettings(1, 3, 1, 1, 1), A, B))).containsExactly("a");
  }

  @Test
  void pauses_growToTheirMost() {
    AttemptPlan plan = plan(new RetrySettings(6, 6, 1, 100, 450), A);

    List<Long> most = List.of(0L, 100L, 200L, 400L, 450L, 450L);
    for (int i = 0; i < most.size(); i++) {
      assertThat(plan.steps().get(i).pauseMillis()).isBetween(most.get(i) / 2, most.get(i));
    }
  }

  @Test
  void weightedRoutes_areDrawnByTheirWeight_beforeThoseWithout() {
    Route heavy = route("heavy", 3);
    Route light = route("light", 1);
    Random random = new Random(11);
    Map<String, Integer> first = new HashMap<>();

    for (int i = 0; i < 10_000; i++) {
      AttemptPlan plan = AttemptPlan.of(List.of(A, light, heavy), TWICE, route -> 100, random);
      assertThat(names(plan).get(2)).isEqualTo("a");
      first.merge(names(plan).getFirst(), 1, Integer::sum);
    }

    assertThat(first).containsOnlyKeys("heavy", "light");
    assertThat(first.get("heavy")).isBetween(7_300, 7_700);
  }

  @Test
  void routeThatIsComingBack_isFirstForItsShareAlone() {
    Random random = new Random(13);
    int first = 0;

    for (int i = 0; i < 10_000; i++) {
      AttemptPlan plan =
          AttemptPlan.of(List.of(A, B), TWICE, route -> route.equals(A) ? 20 : 100, random);
      assertThat(names(plan)).contains("a", "b");
      first += names(plan).getFirst().equals("a") ? 1 : 0;
    }

    assertThat(first).isBetween(1_850, 2_150);
  }

  @Test
  void routeThatIsToBeLeftAlone_isLast_andTheOnlyOneIsFirstAllTheSame() {
    AttemptPlan plan =
        AttemptPlan.of(List.of(A, B), TWICE, route -> route.equals(A) ? 0 : 100, new Random(1));

    assertThat(names(plan)).startsWith("b", "a");
    assertThat(names(AttemptPlan.of(List.of(A), TWICE, route -> 0, new Random(1))))
        .containsExactly("a", "a");
  }

  @Test
  void refusalThatAsksForTime_putsTheSameRouteOffForSoLong() {
    AttemptPlan plan = plan(TWICE, A, B).withoutFirst();

    AttemptPlan after = plan.after(A, Outcome.ofStatus(429, 1_500), true);

    List<Long> pauses = new ArrayList<>();
    after.steps().forEach(step -> pauses.add(step.route().equals(A) ? step.pauseMillis() : -1));
    assertThat(pauses).containsExactly(-1L, 1_500L, -1L);
  }

  @ParameterizedTest
  @EnumSource(
      value = Stage.class,
      names = {"SENDING", "AWAITING_HEAD", "READING_BODY"})
  void routeThatHasTheRequest_isNotAskedAgain_butOthersAre(Stage stage) {
    for (boolean isTimeout : List.of(false, true)) {
      AttemptPlan plan = plan(TWICE, A, B).withoutFirst();

      AttemptPlan after =
          plan.after(A, Outcome.of(new UpstreamFailure(stage, isTimeout, "")), true);

      assertThat(names(after)).containsExactly("b", "b");
    }
  }

  @Test
  void requestThatMustNotBeSeenTwice_isSentToTheSameRouteAgainOnlyIfItWasNotSeen() {
    AttemptPlan plan = plan(TWICE, A).withoutFirst();
    UpstreamFailure unreached = new UpstreamFailure(Stage.CONNECTING, false, "");

    assertThat(plan.after(A, Outcome.of(unreached), false).steps()).hasSize(1);
    assertThat(plan.after(A, Outcome.ofStatus(503, 0), false).steps()).isEmpty();
    assertThat(plan.after(A, Outcome.ofError(), false).steps()).isEmpty();
    assertThat(plan.after(A, Outcome.ofStatus(503, 0), true).steps()).hasSize(1);
  }
}
