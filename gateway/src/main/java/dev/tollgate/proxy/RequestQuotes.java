package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.PromptReader;
import dev.tollgate.dialect.RequestHead;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.metering.JsonListener;
import dev.tollgate.metering.JsonPaths;
import dev.tollgate.metering.JsonScanner;
import dev.tollgate.metering.JsonType;
import dev.tollgate.pricing.Quote;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What requests would hold: read, offered and quoted as they are when they are bought, and no
 * further. One per lane; confined to its event loop.
 */
public final class RequestQuotes {
  private static final JsonPaths MEMBER =
      JsonPaths.builder().want("request", 0, JsonPaths.Want.PLACE).build();
  private static final int DEPTH_MAX = 256;
  private static final int STRING_BYTES_MAX = 64;

  /** What a request would hold, or why it would be refused. */
  public sealed interface Quoted {
    /**
     * @param nanoUsd at list price
     * @param terms how what is held follows from that
     */
    record Priced(String model, long nanoUsd, Terms terms) implements Quoted {}

    record Refused(Refusal refusal) implements Quoted {}
  }

  private record Sold(Endpoint endpoint, Offers offers) {}

  private final Lane lane;
  private final Map<String, Sold> byPath = new HashMap<>();

  /**
   * @param offers of an endpoint, in this lane
   */
  public RequestQuotes(Lane lane, Dialect dialect, Function<Endpoint, Offers> offers) {
    this.lane = lane;
    for (Endpoint endpoint : dialect.endpoints()) {
      if (endpoint.method().equals(HttpMethod.POST) && endpoint.path().indexOf('{') < 0) {
        byPath.put(endpoint.path(), new Sold(endpoint, offers.apply(endpoint)));
      }
    }
  }

  /** Whether requests of that path can be quoted. */
  public boolean knows(String path) {
    return byPath.containsKey(path);
  }

  /**
   * Of the member {@code request} of a JSON object: the very bytes that would be sent.
   *
   * @param document what has been read as JSON before
   */
  public CompletionStage<Quoted> of(KeyRef caller, String path, byte[] document) {
    Sold sold = byPath.get(path);
    Place place = new Place();
    JsonScanner scanner = new JsonScanner(MEMBER, place, DEPTH_MAX, STRING_BYTES_MAX);
    scanner.scan(document, 0, document.length, 0);
    if (sold == null || !scanner.isDone() || place.isAmbiguous() || place.to == 0) {
      return refused(new Refusal.InvalidRequest("`request` cannot be read.", "request"));
    }
    PromptReader reader =
        sold.endpoint().newPromptReader(new RequestHead("application/json", Map.of(), null));
    reader.read(Unpooled.wrappedBuffer(document, place.from, place.to - place.from));
    return switch (reader.end()) {
      case PromptReader.Result.Refused(Refusal.InvalidRequest invalid) ->
          refused(new Refusal.InvalidRequest(invalid.message(), within(invalid.param())));
      case PromptReader.Result.Understood(Prompt prompt) -> offered(caller, sold, prompt);
    };
  }

  private CompletionStage<Quoted> offered(KeyRef caller, Sold sold, Prompt prompt) {
    Catalog catalog = lane.catalog();
    return sold.offers()
        .find(catalog, caller, prompt, Map.of())
        .thenApply(
            found ->
                switch (found) {
                  case Offers.Found.Offered(Offer offer, Prompt other) ->
                      priced(catalog, offer, other == null ? prompt : other);
                  case Offers.Found.Refused(Refusal refusal) -> new Quoted.Refused(refusal);
                });
  }

  private static Quoted priced(Catalog catalog, Offer offer, Prompt prompt) {
    Quote quote = OfferQuote.of(catalog, offer, prompt);
    return new Quoted.Priced(prompt.model(), quote.nanoUsd(), offer.terms());
  }

  private static String within(@Nullable String param) {
    return param == null ? "request" : "request." + param;
  }

  private static CompletionStage<Quoted> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Quoted.Refused(refusal));
  }

  /** Where the member is. */
  private static final class Place implements JsonListener {
    private int from;
    private int to;
    private int members;

    @Override
    public void begin(int id, JsonType type, long offset) {
      from = (int) offset;
      members++;
    }

    @Override
    public void end(int id, long offset) {
      to = (int) offset;
    }

    boolean isAmbiguous() {
      return members != 1;
    }
  }
}
