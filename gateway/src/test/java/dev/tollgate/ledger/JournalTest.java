package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What has been handed over is told until it is taken, and kept for as long as it must be. */
@Timeout(60)
class JournalTest {
  private static final HoldRequest HOLD =
      new HoldRequest(new RequestId("req_hold"), JournalForTests.KEY, 1, 1, "llama", 1);

  @TempDir private Path data;
  private final MemoryLedger redis = new MemoryLedger();
  private final AtomicLong nowMillis = new AtomicLong(1_000_000_000_000L);

  private JournalForTests open() {
    return open(JournalForTests.SETTINGS);
  }

  private JournalForTests open(JournalSettings settings) {
    JournalForTests opened = JournalForTests.open(data, redis, settings, null, nowMillis);
    assertThat(opened.journal.awaitStarted()).isTrue();
    return opened;
  }

  private static HoldOutcome hold(JournalForTests journal) {
    return journal.ledger.hold(HOLD).toCompletableFuture().join();
  }

  private static final HoldOutcome UNAVAILABLE =
      new HoldOutcome.Refused(new Refusal.LedgerUnavailable());

  @Test
  void settlement_thatRedisDoesNotTake_isToldAgainUntilItDoes() {
    try (JournalForTests journal = open()) {
      redis.isAway = true;
      journal.settle("req_1");
      var unused = journal.ledger.release(new RequestId("req_2"), JournalForTests.KEY, "test");
      journal.awaitWritten();
      journal.pass(3_000);
      Eventually.until("its age shows", () -> journal.state().oldestMillis() == 3_000);
      assertThat(journal.state().depth()).isEqualTo(2);

      redis.isAway = false;

      journal.awaitEmpty();
      assertThat(redis.taken).containsExactlyInAnyOrder("settle req_1", "release req_2");
    }
  }

  @Test
  void parts_areToldAgainInOrder_beforeTheEndOfTheirRequest() {
    try (JournalForTests journal = open()) {
      redis.isAway = true;
      journal.settlePart("req_1", 1);
      journal.settlePart("req_1", 2);
      journal.settle("req_1");
      journal.awaitWritten();

      redis.isAway = false;

      journal.awaitEmpty();
      redis.forget();

      // At each telling, all of it, in order.
      Eventually.until("all is back", () -> redis.taken.size() == 3);
      List<String> told = redis.told();
      assertThat(told).hasSizeGreaterThanOrEqualTo(6);
      for (int i = 0; i < told.size(); i++) {
        assertThat(told.get(i))
            .isEqualTo(List.of("part req_1 1", "part req_1 2", "settle req_1").get(i % 3));
      }
    }
  }

  @Test
  void part_keepsTheRoomOfItsRequest() {
    JournalSettings one =
        new JournalSettings(
            1, 600_000, 2_000, 60_000, 1 << 20, 4_096, 1_000, 1, 8, 5, 10_000, false);
    try (JournalForTests journal = open(one)) {
      assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
      journal.settlePart("req_hold", 1);
      journal.awaitEmpty();
      assertThat(hold(journal)).isEqualTo(UNAVAILABLE);

      journal.settle("req_hold");

      journal.awaitEmpty();
      assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void start_tellsAgainWhatWasNotTaken_beforeAnythingIsAdmitted() {
    redis.isAway = true;
    try (JournalForTests first =
        JournalForTests.open(data, redis, JournalForTests.SETTINGS, null, nowMillis)) {
      first.settle("req_1");
    }

    try (JournalForTests second =
        JournalForTests.open(data, redis, JournalForTests.SETTINGS, null, nowMillis)) {
      assertThat(second.state().depth()).isEqualTo(1);
      assertThat(hold(second)).isEqualTo(UNAVAILABLE);
      redis.isAway = false;
      assertThat(second.journal.awaitStarted()).isTrue();
      assertThat(redis.taken).containsExactly("settle req_1");
      assertThat(hold(second)).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void anotherIncarnationOfRedis_isToldEverythingInOrder() {
    try (JournalForTests journal = open()) {
      for (int i = 0; i < 100; i++) {
        journal.settle("req_" + i);
        if (i % 10 == 9) {
          journal.awaitEmpty();
        }
      }
      assertThat(JournalForTests.segments(data)).hasSizeGreaterThan(5);
      int before = redis.told().size();

      redis.forget();

      Eventually.until("all is back", () -> redis.taken.size() == 100);
      assertThat(redis.told().subList(before, before + 100))
          .containsExactlyElementsOf(
              java.util.stream.IntStream.range(0, 100).mapToObj(i -> "settle req_" + i).toList());
    }
  }

  @Test
  void start_tellsEverythingAgain_thatIsWithinTheHorizon() {
    try (JournalForTests first = open()) {
      first.settle("req_1");
      first.awaitEmpty();
    }
    redis.taken.clear();
    try (JournalForTests second = open()) {
      assertThat(second.state().depth()).isZero();
      Eventually.until("it is told again", () -> redis.taken.contains("settle req_1"));
    }
  }

  @Test
  void segments_areForgottenAfterTheHorizon_andNotBefore() {
    try (JournalForTests journal = open()) {
      for (int i = 0; i < 50; i++) {
        journal.settle("req_" + i);
        journal.awaitEmpty();
      }
      int all = JournalForTests.segments(data).size();
      assertThat(all).isGreaterThan(5);
      Eventually.until("Redis is seen", () -> redis.told().size() >= 50);
      journal.pass(590_000);
      journal.settle("req_late");
      journal.awaitEmpty();
      assertThat(JournalForTests.segments(data)).hasSizeGreaterThanOrEqualTo(all);

      Eventually.until(
          "the old ones are gone",
          () -> {
            journal.pass(60_000);
            return JournalForTests.segments(data).isEmpty();
          });
      Eventually.until("and so are their bytes", () -> journal.state().bytes() == 0);
    }
  }

  @Test
  void segments_areKept_whileRedisIsAway() {
    try (JournalForTests journal = open()) {
      for (int i = 0; i < 20; i++) {
        journal.settle("req_" + i);
      }
      journal.awaitEmpty();
      redis.isAway = true;
      journal.settle("req_waits");
      journal.awaitWritten();
      for (int i = 0; i < 10; i++) {
        journal.pass(600_000);
        journal.settle("req_away_" + i);
        journal.awaitWritten();
      }

      redis.isAway = false;
      redis.forget();

      Eventually.until("everything is told", () -> redis.taken.size() == 31);
    }
  }

  @Test
  void actsThatRedisCouldNoLongerTellAsRepeated_areNotRepeated() {
    try (JournalForTests journal = open()) {
      journal.settle("req_old");
      journal.awaitEmpty();
      redis.isAway = true;
      journal.pass(JournalForTests.TOMBSTONE_MILLIS);
      journal.settle("req_new");
      journal.awaitWritten();

      redis.forget();
      redis.isAway = false;

      Eventually.until(
          "it is told once because it waited, and once with everything",
          () -> redis.told().stream().filter("settle req_new"::equals).count() == 2);
      assertThat(redis.taken).containsExactly("settle req_new");
    }
  }

  @Test
  void anActThatRedisNeverTakes_doesNotKeepTheOthersFromBeingForgotten() {
    Ledger stubborn =
        new Ledger() {
          @Override
          public CompletionStage<PlanOutcome> changePlan(PlanChange change) {
            return redis.changePlan(change);
          }

          @Override
          public CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis) {
            return redis.renew(soFar, leaseMillis);
          }

          @Override
          public CompletionStage<SettleOutcome> settlePart(Settlement part, int number) {
            return redis.settlePart(part, number);
          }

          @Override
          public CompletionStage<Boolean> keep(NewObject object) {
            return redis.keep(object);
          }

          @Override
          public CompletionStage<Boolean> forget(AccountId account, ObjectKind kind, String id) {
            return redis.forget(account, kind, id);
          }

          @Override
          public java.util.concurrent.CompletionStage<HoldOutcome> hold(HoldRequest request) {
            return redis.hold(request);
          }

          @Override
          public java.util.concurrent.CompletionStage<SettleOutcome> settle(Settlement settlement) {
            return settlement.request().value().equals("req_bad")
                ? java.util.concurrent.CompletableFuture.failedFuture(
                    new LedgerUnavailableException(
                        "no",
                        new io.lettuce.core.RedisCommandExecutionException("ERR no such thing")))
                : redis.settle(settlement);
          }

          @Override
          public java.util.concurrent.CompletionStage<SettleOutcome> release(
              RequestId request, dev.tollgate.domain.KeyRef key, String reason) {
            return redis.release(request, key, reason);
          }

          @Override
          public CompletionStage<SettleOutcome> settleKept(Settlement settlement) {
            return settle(settlement);
          }

          @Override
          public CompletionStage<SettleOutcome> releaseKept(
              RequestId request, dev.tollgate.domain.KeyRef key, String reason) {
            return redis.releaseKept(request, key, reason);
          }

          @Override
          public CompletionStage<SettleOutcome> releaseForGood(
              RequestId request, dev.tollgate.domain.KeyRef key, String reason, String object) {
            return redis.releaseForGood(request, key, reason, object);
          }

          @Override
          public void leave(RequestId request) {}

          @Override
          public java.util.concurrent.CompletionStage<CreditOutcome> credit(Credit credit) {
            return redis.credit(credit);
          }
        };
    try (Journal journal =
        Journal.open(
            JournalForTests.SETTINGS,
            data,
            null,
            stubborn,
            redis::incarnation,
            JournalForTests.TOMBSTONE_MILLIS,
            () -> java.time.Instant.ofEpochMilli(nowMillis.get()))) {
      Ledger ledger = journal.journaled(stubborn, Runnable::run, EventRoom.ENDLESS);
      var unused = ledger.settle(JournalForTests.settlement("req_bad"));
      for (int i = 0; i < 30; i++) {
        var unused2 = ledger.settle(JournalForTests.settlement("req_" + i));
      }
      Eventually.until("one is left", () -> journal.state().depth() == 1 && journal.queued() == 0);
      long first = JournalSegment.firstOf(JournalForTests.segments(data).getFirst());
      assertThat(first).isEqualTo(1);

      Eventually.until(
          "the first segment is gone",
          () -> {
            nowMillis.addAndGet(30_000);
            return JournalSegment.firstOf(JournalForTests.segments(data).getFirst()) > 31;
          });
      assertThat(journal.state().depth()).isEqualTo(1);
    }
    JournalRecovery left = recovered();
    assertThat(left.unconfirmed()).hasSize(1);
    assertThat(left.unconfirmed().getFirst().record())
        .isEqualTo(new JournalRecord.Settled(JournalForTests.settlement("req_bad")));
  }

  @Test
  void whatStaysOpenForAnObject_isUnderWayOnce_howeverOftenItIsPaid() {
    JournalSettings usual = JournalForTests.SETTINGS;
    JournalSettings narrow =
        new JournalSettings(
            1, 600_000, 2_000, 60_000, 1 << 20, 4_096, 1_000, 3, 8, 5, 10_000, false);
    assertThat(usual.unconfirmedMax()).isGreaterThan(narrow.unconfirmedMax());
    NewObject run =
        new NewObject(
            JournalForTests.KEY,
            "run",
            ObjectKind.RUN,
            "",
            new RequestId("req_run"),
            "",
            java.util.Map.of(),
            new NewObject.Payment.Later(1_000),
            1_000,
            0);
    try (JournalForTests journal = JournalForTests.open(data, redis, narrow, null, nowMillis)) {
      assertThat(journal.journal.awaitStarted()).isTrue();
      var unused = journal.ledger.hold(HOLD);
      unused = journal.ledger.hold(HOLD);
      var unused2 = journal.ledger.keep(run);
      journal.ledger.leave(run.request());
      for (int i = 0; i < 5; i++) {
        var unused3 = journal.ledger.settleKept(JournalForTests.settlement("req_run"));
        unused3 = journal.ledger.releaseKept(run.request(), JournalForTests.KEY, "vanished");
        unused3 = journal.ledger.releaseForGood(run.request(), JournalForTests.KEY, "gone", "run");
      }
      journal.awaitEmpty();

      for (int i = 0; i < 3; i++) {
        assertThat(journal.journal.refusal()).isNull();
        unused = journal.ledger.hold(HOLD);
      }
      assertThat(journal.journal.refusal()).isEqualTo("too many settlements wait for Redis");
    }
  }

  private JournalRecovery recovered() {
    try (JournalDirectory directory = JournalDirectory.open(data)) {
      return JournalRecovery.of(directory, false);
    }
  }

  static boolean hasFullDevice() {
    return Files.exists(Path.of("/dev/full"));
  }

  @Test
  @EnabledIf("hasFullDevice")
  void fullDisk_refusesAdmission_andForgetsNothing() {
    AtomicBoolean isFull = new AtomicBoolean();
    JournalFile.Opener opener =
        file ->
            isFull.get()
                ? FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (JournalForTests journal =
        JournalForTests.open(data, redis, JournalForTests.SETTINGS, opener, nowMillis)) {
      assertThat(journal.journal.awaitStarted()).isTrue();
      assertThat(data.resolve("journal/reserve")).hasSize(4_096);
      assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
      isFull.set(true);
      redis.isAway = true;
      // Segments are small: some of these need a new one.
      for (int i = 0; i < 20; i++) {
        journal.settle("req_" + i);
      }
      Eventually.until("it is noticed", () -> journal.state().refusal() != null);
      assertThat(hold(journal)).isEqualTo(UNAVAILABLE);
      assertThat(journal.state().refusal()).isEqualTo("the journal cannot be written");
      assertThat(
              journal.ledger.credit(
                  new Credit("c", JournalForTests.KEY.account(), Credit.Kind.TOPUP, 1, "")))
          .isCompletedExceptionally();

      isFull.set(false);

      Eventually.until("it is over", () -> journal.state().refusal() == null);
      journal.awaitWritten();
    }
    assertThat(recovered().unconfirmed()).hasSize(20);
    redis.isAway = false;
    try (JournalForTests again = open()) {
      again.awaitEmpty();
      assertThat(redis.taken).hasSize(20);
    }
  }

  @Test
  void directory_thatIsNone_isRefusedAtTheStart() throws IOException {
    Path file = Files.createFile(data.resolve("file"));

    assertThatThrownBy(() -> JournalForTests.open(file, redis))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("cannot write the journal to " + file.resolve("journal"));
  }

  @Test
  void directory_ofAnotherGateway_isRefused() {
    try (JournalForTests first = open()) {
      assertThatThrownBy(() -> JournalForTests.open(data, redis))
          .isInstanceOf(JournalException.class)
          .hasMessageContaining("another gateway writes its journal to")
          .hasMessageContaining("give each its own data_dir");
      first.settle("req_1");
      first.awaitEmpty();
    }
  }

  @Test
  void horizon_beyondTheTombstones_isRefused() {
    assertThatThrownBy(
            () ->
                Journal.open(
                    JournalForTests.SETTINGS,
                    data,
                    null,
                    redis,
                    redis::incarnation,
                    1_000_000,
                    java.time.InstantSource.system()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most half of the 1000000 ms");
  }

  @Test
  void bytesBeyondTheBound_refuseAdmission_butNotWhatWasAdmitted() {
    JournalSettings small =
        new JournalSettings(
            1, 600_000, 2_000, 60_000, 20_000, 4_096, 1_000, 1_000, 8, 5, 10_000, false);
    try (JournalForTests journal = open(small)) {
      int admitted = 0;
      while (hold(journal) instanceof HoldOutcome.Held) {
        admitted++;
      }
      assertThat(admitted).isBetween(1, 4);
      for (int i = 0; i < admitted; i++) {
        journal.settle("req_" + i);
      }
      journal.awaitEmpty();
      assertThat(redis.taken).hasSize(admitted);
      assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void settlementsBeyondTheBound_refuseAdmission_untilRedisTakesThem() {
    JournalSettings few =
        new JournalSettings(
            1, 600_000, 2_000, 60_000, 1 << 20, 4_096, 1_000, 3, 8, 5, 10_000, false);
    try (JournalForTests journal = open(few)) {
      for (int i = 0; i < 3; i++) {
        assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
      }
      assertThat(hold(journal)).isEqualTo(UNAVAILABLE);
      redis.isAway = true;
      for (int i = 0; i < 3; i++) {
        journal.settle("req_" + i);
      }
      assertThat(hold(journal)).isEqualTo(UNAVAILABLE);
      assertThat(journal.state().refusal()).isEqualTo("too many settlements wait for Redis");

      redis.isAway = false;

      journal.awaitEmpty();
      assertThat(hold(journal)).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void holdThatWasNotSent_isRefused_andLeavesNothing() {
    try (JournalForTests journal = open()) {
      redis.isAway = true;
      assertThat(journal.ledger.hold(HOLD)).isCompletedExceptionally();
      redis.isUnsent = true;
      assertThat(hold(journal)).isEqualTo(UNAVAILABLE);
      assertThat(journal.state().depth()).isZero();
    }
  }

  // ---- credits

  private static Credit credit(String id) {
    return new Credit(id, JournalForTests.KEY.account(), Credit.Kind.TOPUP, 1, "");
  }

  @Test
  void credit_isOnTheDiskBeforeRedisIsAsked_andToldAgain() {
    try (JournalForTests journal = open()) {
      assertThat(RedisForTests.await(journal.ledger.credit(credit("c1"))))
          .isInstanceOf(CreditOutcome.Credited.class);
      redis.forget();
      Eventually.until("it is back", () -> redis.taken.contains("credit c1"));
    }
  }

  @Test
  void credit_thatWasRefusedOrNeverSent_isNotBookedLater() {
    try (JournalForTests journal = open()) {
      redis.refused.add("credit c1");
      assertThat(RedisForTests.await(journal.ledger.credit(credit("c1"))))
          .isInstanceOf(CreditOutcome.Conflict.class);
      redis.isAway = true;
      redis.isUnsent = true;
      assertThatThrownBy(() -> RedisForTests.await(journal.ledger.credit(credit("c2"))))
          .isInstanceOf(LedgerUnavailableException.class);
      redis.refused.clear();
      redis.isAway = false;
      journal.settle("req_1");
      journal.awaitEmpty();
      redis.forget();
      Eventually.until("what counts is back", () -> redis.taken.contains("settle req_1"));
    }
    redis.forget();
    try (JournalForTests again = open()) {
      Eventually.until("what counts is back", () -> redis.taken.contains("settle req_1"));
      Eventually.until("the replay is over", () -> !again.state().isReplaying());
      assertThat(redis.taken).containsExactly("settle req_1");
    }
  }

  @Test
  void credit_whoseAnswerWasLost_isToldAgain() {
    try (JournalForTests journal = open()) {
      redis.isAway = true;
      assertThatThrownBy(() -> RedisForTests.await(journal.ledger.credit(credit("c1"))))
          .isInstanceOf(LedgerUnavailableException.class);
      redis.isAway = false;
      journal.awaitEmpty();
      assertThat(redis.taken).containsExactly("credit c1");
    }
  }
}
