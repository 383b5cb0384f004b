package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import dev.tollgate.metering.Tally;
import dev.tollgate.upstream.Upstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * In what a purchase is more than an answer and its price: something that the provider keeps comes
 * to be by it, is asked after, or goes. One for each request, confined to its event loop.
 */
public interface Course {
  Course PLAIN = new Course() {};

  /** In which words its client is told that it is not sold. */
  default Refusal refusal(Refusal refusal) {
    return refusal;
  }

  /** By which way the provider is called. */
  default Upstream through(Upstream upstream) {
    return upstream;
  }

  /**
   * A streamed answer has said under which id the provider keeps it. Told once, before any of it
   * has reached the client.
   */
  default void onNamed(Bought bought, String id) {}

  /**
   * A 2xx answer is over, whole or not; its client waits for the end of it, and the purchase is not
   * settled. Should the stage fail, it is charged as usual.
   *
   * @param interruption why it is not whole; null when it is
   * @return completes on the event loop
   */
  default CompletionStage<End> end(Bought bought, Tally tally, @Nullable String interruption) {
    return CompletableFuture.completedFuture(new End.Charged(""));
  }

  /** How the purchase ends. */
  sealed interface End {
    /**
     * It is charged now.
     *
     * @param object the id of what it so pays for; empty for nothing but the answer
     */
    record Charged(String object) implements End {}

    /** Nothing is charged, whatever the answer says. */
    record Free() implements End {}

    /** Its hold stays, and whoever sees done what it has brought about charges it. */
    record Deferred() implements End {}
  }
}
