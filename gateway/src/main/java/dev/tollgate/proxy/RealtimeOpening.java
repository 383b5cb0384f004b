package dev.tollgate.proxy;

import dev.tollgate.auth.Authentication;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.http.WebSocketUpgrade;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.proxy.Admission.Decision;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a Realtime session comes to be: who asks, the hold of its first turn, and a provider that
 * agrees. Until then it is a request like any other, and refused as such. Lives on one event loop.
 *
 * <p>Every way out of here after the hold settles it once, or hands it to the session.
 */
final class RealtimeOpening implements RequestSink {
  private static final Logger LOG = LoggerFactory.getLogger(RealtimeOpening.class);
  private static final int CLIENT_CLOSED_REQUEST = 499;

  private final Lane lane;
  private final Catalog catalog;
  private final Dialects dialects;
  private final Offers offers;
  private final RefusalRenderer refusals;
  private final MeterSettings meters;
  private final ServerRequest request;
  private final ServerResponse response;
  private boolean isClientGone;
  private boolean isOver;
  private @Nullable Turns turns;
  private @Nullable Turn turn;
  private @Nullable RealtimeTries tries;
  private RateLimits limits = RateLimits.NONE;

  RealtimeOpening(
      Lane lane,
      Dialects dialects,
      Offers offers,
      RefusalRenderer refusals,
      MeterSettings meters,
      ServerRequest request,
      ServerResponse response) {
    this.lane = lane;
    this.catalog = lane.catalog();
    this.dialects = dialects;
    this.offers = offers;
    this.refusals = refusals;
    this.meters = meters;
    this.request = request;
    this.response = response;
  }

  // ---- who asks, and what for

  void begin() {
    lane.exchangeBegun();
    switch (WebSocketUpgrade.of(request, response)) {
      case WebSocketUpgrade.Asked.Refused(Refusal refusal) -> refuse(refusal);
      case WebSocketUpgrade.Asked.Upgrade(WebSocketUpgrade asked) -> {
        lane.authenticator()
            .authenticate(request.headers(), OpenAiRealtime.keyIn(asked.protocols()))
            .whenComplete((who, failure) -> step(() -> onAuthenticated(asked, who, failure)));
      }
    }
  }

  private void onAuthenticated(
      WebSocketUpgrade asked, @Nullable Authentication who, @Nullable Throwable failure) {
    if (isOver || isClientGone) {
      over();
      return;
    }
    if (failure != null || who == null) {
      refuse(new Refusal.LedgerUnavailable());
      return;
    }
    switch (who) {
      case Authentication.Rejected(Refusal refusal) -> refuse(refusal);
      case Authentication.Authenticated(KeyRef caller) -> admit(asked, caller);
    }
  }

  private void admit(WebSocketUpgrade asked, KeyRef caller) {
    Query query = Query.parse(request.query());
    String model = query == null ? null : query.first("model");
    if (query == null || model == null || model.isEmpty() || query.all("model").size() > 1) {
      refuse(new Refusal.InvalidRequest("The query must name one `model`.", "model"));
      return;
    }
    String intent = query.first("intent");
    if (intent != null && !intent.equals("conversation")) {
      refuse(new Refusal.InvalidRequest("Only sessions that converse are sold here.", "intent"));
      return;
    }
    Turns buying = new Turns(lane, offers, request.id(), caller, model, meters);
    turns = buying;
    buying.hold().whenComplete((decision, failure) -> step(() -> onHold(asked, buying, decision)));
  }

  /**
   * @param decision null when none came
   */
  private void onHold(WebSocketUpgrade asked, Turns buying, @Nullable Decision decision) {
    switch (decision) {
      case Decision.Admitted admitted -> {
        Turn first = buying.admitted(admitted);
        turn = first;
        limits = admitted.hold().limits();
        if (isClientGone) {
          settle(buying, first, CLIENT_CLOSED_REQUEST);
          over();
        } else {
          tries = tries(asked, buying, first, admitted.offer());
          tries.start();
        }
      }
      case Decision.Refused(Refusal refusal, RateLimits left) -> {
        limits = left;
        refuse(refusal);
      }
      case null -> refuse(new Refusal.LedgerUnavailable());
    }
  }

  // ---- a provider that agrees, or not

  private RealtimeTries tries(WebSocketUpgrade asked, Turns buying, Turn first, Offer offer) {
    RealtimeRequest towards = new RealtimeRequest(request, asked, dialects);
    return new RealtimeTries(
        lane,
        catalog.settings(),
        towards,
        first,
        offer.routes(),
        this::step,
        new RealtimeTries.Hearer() {
          @Override
          public void agreed(Route route, HttpHeaders headers, Channel channel) {
            switchTo(buying, first, route, towards.answer(headers), channel);
          }

          @Override
          public void answered(ErrorAnswer answer) {
            settle(buying, first, answer.status());
            Reply reply = answer.reply();
            RateLimitHeaders.set(reply.headers(), limits);
            over();
            response.send(reply);
          }

          @Override
          public void noneLeft(Refusal refusal) {
            settle(buying, first, refusal.status());
            refuse(refusal);
          }
        });
  }

  private void switchTo(
      Turns buying, Turn first, Route route, HttpHeaders answer, Channel channel) {
    if (isOver || isClientGone) {
      var unused = channel.close();
      return;
    }
    RealtimeSession session =
        new RealtimeSession(
            lane,
            buying,
            first,
            route,
            catalog.settings(),
            meters,
            refusal -> refusals.render(refusal, OpenAiRealtime.PATH, request.id()).body(),
            "event_" + request.id());
    isOver = true;
    session.takeProvider(channel);
    RateLimitHeaders.set(answer, limits);
    response.switchProtocols(answer, session::takeClient, session);
    session.start();
  }

  // ---- what else may happen meanwhile

  @Override
  public void onBody(ByteBuf piece) {
    piece.release();
  }

  @Override
  public void onBodyEnd() {}

  @Override
  public void onClientGone() {
    isClientGone = true;
    Turn held = turn;
    if (isOver) {
      return;
    }
    if (tries != null) {
      tries.cancel();
    }
    if (held != null && turns != null) {
      settle(turns, held, CLIENT_CLOSED_REQUEST);
      over();
    }
    // Else a hold is on its way, or a key is looked up: whoever waits for it ends this.
  }

  private void settle(Turns buying, Turn held, int status) {
    buying.settle(held, Charging.NOTHING, status);
    letGo();
  }

  private void letGo() {
    turn = null;
    if (tries != null) {
      tries.left();
    }
  }

  private void refuse(Refusal refusal) {
    over();
    if (!isClientGone) {
      Reply reply = refusals.render(refusal, request.path(), request.id());
      RateLimitHeaders.set(reply.headers(), limits);
      ChargeHeaders.set(reply.headers(), Charging.NOTHING);
      response.send(
          refusal instanceof Refusal.UpgradeRequired ? WebSocketUpgrade.telling(reply) : reply);
    }
  }

  private void over() {
    if (!isOver) {
      isOver = true;
      lane.exchangeEnded();
    }
  }

  /** A step that a stage leads to: what it throws would vanish in there. */
  private void step(Runnable act) {
    try {
      act.run();
    } catch (RuntimeException bug) {
      LOG.error("{} failed", request.id(), bug);
      Turn held = turn;
      if (held != null && turns != null && !isOver) {
        turns.release(held, "gateway_fault");
        letGo();
      }
      if (!isOver) {
        refuse(new Refusal.InternalError());
      }
    }
  }
}
