package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells Redis some acts of the journal again, and waits for what it says. */
@Blocking
final class JournalTeller {
  private static final Logger log = LoggerFactory.getLogger(JournalTeller.class);

  private final Ledger ledger;

  JournalTeller(Ledger ledger) {
    this.ledger = ledger;
  }

  /**
   * Sends them in order and waits for all answers.
   *
   * @param taken told of those that Redis has answered, with the outcome
   * @param again told of the others
   * @return whether it has answered all of them, be it by refusing to carry them out
   */
  boolean tell(
      List<JournalEntry> entries,
      BiConsumer<JournalEntry, @Nullable Object> taken,
      Consumer<JournalEntry> again)
      throws InterruptedException {
    List<CompletionStage<?>> answers = new ArrayList<>();
    for (JournalEntry entry : entries) {
      answers.add(send(entry.record()));
    }
    boolean areAnswered = true;
    for (int i = 0; i < answers.size(); i++) {
      JournalEntry entry = entries.get(i);
      try {
        taken.accept(entry, answers.get(i).toCompletableFuture().get());
      } catch (ExecutionException failure) {
        again.accept(entry);
        if (!LedgerUnavailableException.isFaultOfScript(failure.getCause())) {
          areAnswered = false;
        } else if (entry.report()) {
          log.error("Redis does not take record {} of the journal", entry.sequence(), failure);
        }
      }
    }
    return areAnswered;
  }

  private CompletionStage<?> send(JournalRecord record) {
    return switch (record) {
      case JournalRecord.Settled(Settlement settlement) -> ledger.settle(settlement);
      case JournalRecord.PartSettled(Settlement part, int number) ->
          ledger.settlePart(part, number);
      case JournalRecord.Released(var request, var key, String reason) ->
          ledger.release(request, key, reason);
      case JournalRecord.ReleasedForGood(var request, var key, String reason, String object) ->
          ledger.releaseForGood(request, key, reason, object);
      case JournalRecord.Kept(NewObject object) -> ledger.keep(object);
      case JournalRecord.Forgotten(var account, var kind, String id) ->
          ledger.forget(account, kind, id);
      case JournalRecord.Credited(Credit credit) -> ledger.credit(credit);
      case JournalRecord.PlanChanged(PlanChange change) -> ledger.changePlan(change);
      case JournalRecord.Voided voided -> throw new IllegalArgumentException("not an act");
      case JournalRecord.Mark mark -> throw new IllegalArgumentException("not an act");
    };
  }
}
