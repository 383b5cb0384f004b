package dev.tollgate.kept;

import dev.tollgate.ledger.KeptObject;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Bought;
import dev.tollgate.proxy.Course;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The provider has deleted an object: the ledger forgets it before the client hears of it. */
final class DeletionCourse implements Course {
  private final Keeper keeper;
  private final KeptObject object;

  DeletionCourse(Keeper keeper, KeptObject object) {
    this.keeper = keeper;
    this.object = object;
  }

  @Override
  public CompletionStage<End> end(Bought bought, Tally tally, @Nullable String interruption) {
    return keeper
        .lane()
        .ledger()
        .forget(object.owner().account(), object.kind(), object.id())
        .thenApply(known -> new End.Charged(""));
  }
}
