package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.http.Handler;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;

/** Serves one endpoint of a dialect in one lane: every request becomes an {@link Exchange}. */
public final class MeteredHandler implements Handler {
  private final Lane lane;
  private final Dialect dialect;
  private final Endpoint endpoint;
  private final Offers offers;
  private final RefusalRenderer refusals;

  /**
   * @param offers by whom its requests may be served
   */
  public MeteredHandler(
      Lane lane, Dialect dialect, Endpoint endpoint, Offers offers, RefusalRenderer refusals) {
    this.offers = offers;
    this.lane = lane;
    this.dialect = dialect;
    this.endpoint = endpoint;
    this.refusals = refusals;
  }

  @Override
  public RequestSink begin(ServerRequest request, ServerResponse response) {
    Exchange exchange = new Exchange(lane, dialect, endpoint, offers, refusals, request, response);
    exchange.authenticate();
    return exchange;
  }
}
