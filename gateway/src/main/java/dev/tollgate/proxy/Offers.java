package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import java.util.Map;
import java.util.concurrent.CompletionStage;

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
    record Offered(Offer offer) implements Found {}

    record Refused(Refusal refusal) implements Found {}
  }
}
