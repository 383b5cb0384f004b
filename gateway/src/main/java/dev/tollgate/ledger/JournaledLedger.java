package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger with a journal. A hold is refused while the journal could not take its end, or the
 * account's stream of events is full. Settlements and releases go to the journal and to Redis at
 * once, and need not be repeated: a stage that fails says only that it will take longer. A credit,
 * or a change of a plan, is on the disk before Redis is asked; when Redis is not there it is given
 * up, for whoever asked will not wait.
 *
 * <p>Every hold that is answered or fails must be settled or released. Renewals are not recorded,
 * nor repeated: the next one comes soon.
 */
final class JournaledLedger implements Ledger {
  private static final String FULL =
      "Too much of what has happened waits to be archived. Try again in a moment.";

  private final Journal journal;
  private final Ledger redis;
  private final Executor loop;
  private final EventRoom room;

  JournaledLedger(Journal journal, Ledger redis, Executor loop, EventRoom room) {
    this.journal = journal;
    this.redis = redis;
    this.loop = loop;
    this.room = room;
  }

  /** What was not even sent is refused: it leaves nothing to be released. */
  @Override
  public CompletionStage<HoldOutcome> hold(HoldRequest request) {
    if (room.isFull(request.key().account())) {
      return Stages.of(new HoldOutcome.Refused(new Refusal.Overloaded(FULL)));
    }
    if (!journal.enter()) {
      return Stages.of(unavailable());
    }
    CompletableFuture<HoldOutcome> answer = new CompletableFuture<>();
    redis
        .hold(request)
        .whenComplete(
            (outcome, failure) -> {
              if (failure == null) {
                if (outcome instanceof HoldOutcome.Refused) {
                  journal.leave();
                }
                answer.complete(outcome);
              } else if (isUnsent(failure)) {
                journal.leave();
                answer.complete(unavailable());
              } else {
                answer.completeExceptionally(failure);
              }
            });
    return answer;
  }

  @Override
  public CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis) {
    return redis.renew(soFar, leaseMillis);
  }

  @Override
  public CompletionStage<SettleOutcome> settlePart(Settlement part, int number) {
    Ledger.requirePart(number);
    JournalEntry entry = journal.record(new JournalRecord.PartSettled(part, number));
    return watched(entry, redis.settlePart(part, number));
  }

  @Override
  public CompletionStage<SettleOutcome> settle(Settlement settlement) {
    journal.leave();
    JournalEntry entry = journal.record(new JournalRecord.Settled(settlement));
    return watched(entry, redis.settle(settlement));
  }

  /** The hold was left when its object was kept. */
  @Override
  public CompletionStage<SettleOutcome> settleKept(Settlement settlement) {
    JournalEntry entry = journal.record(new JournalRecord.Settled(settlement));
    return watched(entry, redis.settle(settlement));
  }

  @Override
  public CompletionStage<SettleOutcome> releaseKept(RequestId request, KeyRef key, String reason) {
    JournalEntry entry = journal.record(new JournalRecord.Released(request, key, reason));
    return watched(entry, redis.release(request, key, reason));
  }

  @Override
  public CompletionStage<SettleOutcome> releaseForGood(
      RequestId request, KeyRef key, String reason, String object) {
    JournalEntry entry =
        journal.record(new JournalRecord.ReleasedForGood(request, key, reason, object));
    return watched(entry, redis.releaseForGood(request, key, reason, object));
  }

  @Override
  public void leave(RequestId request) {
    journal.leave();
  }

  @Override
  public CompletionStage<SettleOutcome> release(RequestId request, KeyRef key, String reason) {
    journal.leave();
    JournalEntry entry = journal.record(new JournalRecord.Released(request, key, reason));
    return watched(entry, redis.release(request, key, reason));
  }

  /** What is paid for later is not this gateway's to settle any more. */
  @Override
  public CompletionStage<Boolean> keep(NewObject object) {
    if (object.isPaidLater()) {
      journal.leave();
    }
    JournalEntry entry = journal.record(new JournalRecord.Kept(object));
    return watched(entry, redis.keep(object));
  }

  @Override
  public CompletionStage<Boolean> forget(AccountId account, ObjectKind kind, String id) {
    JournalEntry entry = journal.record(new JournalRecord.Forgotten(account, kind, id));
    return watched(entry, redis.forget(account, kind, id));
  }

  private <T> CompletionStage<T> watched(JournalEntry entry, CompletionStage<T> act) {
    return act.whenComplete(
        (outcome, failure) -> {
          if (failure == null) {
            journal.answered(entry, outcome);
          } else {
            journal.unanswered(entry);
          }
        });
  }

  @Override
  public CompletionStage<CreditOutcome> credit(Credit credit) {
    return recorded(new JournalRecord.Credited(credit), () -> redis.credit(credit));
  }

  @Override
  public CompletionStage<PlanOutcome> changePlan(PlanChange change) {
    return recorded(new JournalRecord.PlanChanged(change), () -> redis.changePlan(change));
  }

  /** Records an act, then asks for it. */
  private <T> CompletionStage<T> recorded(
      JournalRecord.Act act, Supplier<CompletionStage<T>> asking) {
    if (journal.refusal() != null) {
      return CompletableFuture.failedFuture(
          LedgerUnavailableException.unsent("it cannot be recorded in the journal"));
    }
    CompletableFuture<JournalEntry> durable = new CompletableFuture<>();
    JournalEntry entry = journal.record(act, durable);
    return Stages.unwrapped(
        durable
            .handleAsync((written, failure) -> ask(entry, asking, failure), loop)
            .thenCompose(Function.identity()));
  }

  private <T> CompletionStage<T> ask(
      JournalEntry entry, Supplier<CompletionStage<T>> asking, @Nullable Throwable unrecorded) {
    if (unrecorded != null) {
      journal.withdraw(entry);
      return CompletableFuture.failedFuture(unrecorded);
    }
    return asking
        .get()
        .whenComplete(
            (outcome, failure) -> {
              if (failure == null) {
                journal.answered(entry, outcome);
              } else if (isUnsent(failure)) {
                journal.withdraw(entry);
              } else {
                journal.unanswered(entry);
              }
            });
  }

  private static HoldOutcome unavailable() {
    return new HoldOutcome.Refused(new Refusal.LedgerUnavailable());
  }

  private static boolean isUnsent(Throwable failure) {
    return failure instanceof LedgerUnavailableException unavailable && unavailable.isUnsent();
  }
}
