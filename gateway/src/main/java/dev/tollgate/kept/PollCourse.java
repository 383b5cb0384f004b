package dev.tollgate.kept;

import dev.tollgate.ledger.KeptObject;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Bought;
import dev.tollgate.proxy.Course;
import dev.tollgate.upstream.Upstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Somebody sees how far an object has come: if it is done, it is paid for before he hears of it.
 */
final class PollCourse implements Course {
  private final Payments payments;
  private final KeptObject object;

  PollCourse(Payments payments, KeptObject object) {
    this.payments = payments;
    this.object = object;
  }

  @Override
  public Upstream through(Upstream upstream) {
    return WholeAnswers.of(upstream);
  }

  @Override
  public CompletionStage<End> end(Bought bought, Tally tally, @Nullable String interruption) {
    return interruption != null
        ? CompletableFuture.completedFuture(new End.Charged(""))
        : payments
            .seen(object, bought.route().provider(), tally)
            .thenApply(paid -> new End.Charged(""));
  }
}
