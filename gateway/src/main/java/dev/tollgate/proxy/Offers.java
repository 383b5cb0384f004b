package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Finds by whom a request may be served. Called on the event loop, and answers there. */
public interface Offers {
  /**
   * @param catalog of the moment when the request arrived
   * @param pathParameters of its endpoint's path
   */
  CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters);

  /** What was found. */
  sealed interface Found {
    /**
     * @param prompt what is so sold, where that is not the request as it was read: what a file asks
     *     for; null where it is
     */
    record Offered(Offer offer, @Nullable Prompt prompt) implements Found {
      public Offered(Offer offer) {
        this(offer, null);
      }
    }

    record Refused(Refusal refusal) implements Found {}
  }
}
