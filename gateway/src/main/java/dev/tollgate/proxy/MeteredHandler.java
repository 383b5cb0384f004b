package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.http.Handler;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;

/** Serves one endpoint of a dialect in one lane: every request becomes an {@link Exchange}. */
public final class MeteredHandler implements Handler {
  private final Lane lane;
  private final Dialects dialects;
  private final Endpoint endpoint;
  private final Offers offers;
  private final RefusalRenderer refusals;

  /**
   * @param dialects those of the providers
   * @param offers by whom its requests may be served
   */
  public MeteredHandler(
      Lane lane, Dialects dialects, Endpoint endpoint, Offers offers, RefusalRenderer refusals) {
    this.offers = offers;
    this.lane = lane;
    this.dialects = dialects;
    this.endpoint = endpoint;
    this.refusals = refusals;
  }

  @Override
  public RequestSink begin(ServerRequest request, ServerResponse response) {
    Exchange exchange = new Exchange(lane, dialects, endpoint, offers, refusals, request, response);
    exchange.authenticate();
    return exchange;
  }
}
