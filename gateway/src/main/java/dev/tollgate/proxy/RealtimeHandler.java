package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.http.Handler;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.metering.MeterSettings;
import java.util.Set;

/** Serves OpenAI's Realtime API in one lane: every request becomes a session, or is refused. */
public final class RealtimeHandler implements Handler {
  private final Lane lane;
  private final Dialects dialects;
  private final RefusalRenderer refusals;
  private final MeterSettings meters;
  private final Offers offers =
      new CardOffers(Set.of(OpenAiRealtime.DIALECT), OpenAiRealtime.SOLD_BY);

  /**
   * @param dialects those of the providers
   */
  public RealtimeHandler(
      Lane lane, Dialects dialects, RefusalRenderer refusals, MeterSettings meters) {
    this.lane = lane;
    this.dialects = dialects;
    this.refusals = refusals;
    this.meters = meters;
  }

  @Override
  public RequestSink begin(ServerRequest request, ServerResponse response) {
    RealtimeOpening opening =
        new RealtimeOpening(lane, dialects, offers, refusals, meters, request, response);
    opening.begin();
    return opening;
  }
}
