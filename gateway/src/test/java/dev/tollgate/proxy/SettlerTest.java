package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nothing that was bought is forgotten while the ledger is away, and what waits is bounded. */
class SettlerTest {
  private static final ProxySettings SETTINGS =
      new ProxySettings(1, 1, 1, 1_000, 1, 1, /* unsettledMax= */ 3, /* settleRetryMillis= */ 100);

  private final FakeLedger ledger = new FakeLedger();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Settler settler = new Settler(channel.eventLoop(), ledger);

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void pass(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  private CompletionStage<HoldOutcome> hold(int number) {
    return settler.hold(
        new HoldRequest(Purchases.request(number), Purchases.KEY, 1, 1, "", 1), SETTINGS);
  }

  @Test
  void settlement_thatIsTaken_isNotRepeated() {
    settler.settle(Purchases.settlement(1), SETTINGS);
    pass(1_000_000);

    assertThat(ledger.calls).containsExactly("settle req_1");
    assertThat(settler.unsettled()).isZero();
  }

  @Test
  void settlement_ofALedgerThatIsAway_isRepeatedUntilTaken() {
    ledger.isAway = true;
    settler.settle(Purchases.settlement(1), SETTINGS);
    settler.release(Purchases.request(2), Purchases.KEY, "hold_unanswered", SETTINGS);
    pass(100);
    assertThat(settler.unsettled()).isEqualTo(2);

    ledger.isAway = false;
    pass(200);

    assertThat(settler.unsettled()).isZero();
    assertThat(ledger.calls)
        .containsExactly(
            "settle req_1",
            "release req_2 hold_unanswered",
            "settle req_1",
            "release req_2 hold_unanswered",
            "settle req_1",
            "release req_2 hold_unanswered");
    pass(1_000_000);
    assertThat(ledger.calls).hasSize(6);
  }

  @Test
  void waits_doubleUpToTheirBound() {
    ledger.isAway = true;
    settler.settle(Purchases.settlement(1), SETTINGS);

    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int calls = ledger.calls.size();
      long waited = 0;
      while (ledger.calls.size() == calls) {
        pass(100);
        waited += 100;
      }
      waits.add(waited);
    }

    assertThat(waits).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 3200L, 3200L);
    assertThat(settler.unsettled()).isEqualTo(1);
  }

  @Test
  void holds_areRefusedUnasked_whileTooMuchWaits() {
    ledger.isAway = true;
    for (int i = 0; i < 3; i++) {
      settler.settle(Purchases.settlement(i), SETTINGS);
    }
    ledger.calls.clear();

    assertThat(hold(9))
        .isCompletedWithValue(new HoldOutcome.Refused(new Refusal.LedgerUnavailable()));
    assertThat(ledger.calls).isEmpty();

    ledger.isAway = false;
    pass(100);
    assertThat(hold(9)).isCompletedWithValue(ledger.holdOutcome);
  }

  @Test
  void hold_isTriedOnce() {
    ledger.isAway = true;

    assertThat(hold(1)).isCompletedExceptionally();
    pass(1_000_000);

    assertThat(ledger.calls).containsExactly("hold req_1");
  }
}
