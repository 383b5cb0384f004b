package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every hold of a lane is renewed at its pace, until it is ended. */
class RenewalsTest {
  private static final long EVERY_MILLIS = 5_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicLong nanos = new AtomicLong();
  private final Renewals renewals = new Renewals(channel.eventLoop(), nanos::get);
  private final List<String> renewed = new ArrayList<>();

  @BeforeEach
  void freeze() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private Renewals.Renewal add(String name) {
    return renewals.add(() -> renewed.add(name), EVERY_MILLIS);
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void each_isRenewedAtItsOwnTime_againAndAgain() {
    add("a");
    pass(2_000);
    add("b");

    pass(2_999);
    assertThat(renewed).isEmpty();
    pass(1);
    assertThat(renewed).containsExactly("a");
    pass(2_000);
    assertThat(renewed).containsExactly("a", "b");
    pass(3_000);
    pass(2_000);
    assertThat(renewed).containsExactly("a", "b", "a", "b");
  }

  @Test
  void ended_isNotRenewed_whereverItStood() {
    Renewals.Renewal first = add("first");
    add("second");
    Renewals.Renewal third = add("third");
    add("fourth");
    Renewals.Renewal last = add("last");

    first.end();
    third.end();
    third.end();
    last.end();
    pass(EVERY_MILLIS);

    assertThat(renewed).containsExactly("second", "fourth");
  }

  @Test
  void one_thatEndsItselfWhenItIsRenewed_isOver() {
    Renewals.Renewal[] self = new Renewals.Renewal[1];
    self[0] =
        renewals.add(
            () -> {
              renewed.add("self");
              self[0].end();
            },
            EVERY_MILLIS);

    pass(EVERY_MILLIS);
    pass(EVERY_MILLIS);

    assertThat(renewed).containsExactly("self");
  }

  @Test
  void one_thatCannotBeRenewed_doesNotStandInTheWay() {
    renewals.add(
        () -> {
          throw new IllegalStateException("a bug");
        },
        EVERY_MILLIS);
    add("other");

    pass(EVERY_MILLIS);
    pass(EVERY_MILLIS);

    assertThat(renewed).containsExactly("other", "other");
  }

  @Test
  void timer_restsWhileThereIsNothing_andRunsAgain() {
    add("a").end();
    pass(EVERY_MILLIS);
    pass(10 * EVERY_MILLIS);
    add("b");
    pass(EVERY_MILLIS);

    assertThat(renewed).containsExactly("b");
  }
}
