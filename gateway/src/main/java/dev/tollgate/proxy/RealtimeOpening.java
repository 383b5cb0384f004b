package dev.tollgate.proxy;

import dev.tollgate.auth.Authentication;
import dev.tollgate.dialect.Dialect;
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
import dev.tollgate.upstream.UpgradeListener;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
  private @Nullable Failover failover;
  private @Nullable UpstreamCall call;
  private @Nullable ScheduledFuture<?> nextTry;
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
        turn = buying.admitted(admitted);
        limits = admitted.hold().limits();
        failover =
            new Failover(
                AttemptPlan.of(
                    admitted.offer().routes(),
                    catalog.settings().retries(),
                    route -> lane.targets().of(route.target()).sharePercent(),
                    lane.random()),
                lane.targets(),
                catalog.settings().retries(),
                /* isRepeatable= */ true,
                System::nanoTime);
        connect(new Opened(asked, buying, turn, failover, admitted.offer()), null);
      }
      case Decision.Refused(Refusal refusal, RateLimits left) -> {
        limits = left;
        refuse(refusal);
      }
      case null -> refuse(new Refusal.LedgerUnavailable());
    }
  }

  /** What is there once money is held. */
  private record Opened(
      WebSocketUpgrade asked, Turns turns, Turn turn, Failover failover, Offer offer) {}

  // ---- the next try of the plan, should there be one

  /**
   * @param lastRefusal what came of the try before; null before the first
   */
  private void connect(Opened opened, @Nullable Refusal lastRefusal) {
    if (isOver) {
      return;
    }
    Failover.Try next = isClientGone ? null : opened.failover().next();
    if (next == null) {
      Refusal refusal =
          lastRefusal == null
              ? opened.failover().refusalUntried(opened.offer().routes())
              : lastRefusal;
      settle(opened, isClientGone ? CLIENT_CLOSED_REQUEST : refusal.status());
      refuse(refusal);
    } else if (next.waitMillis() == 0) {
      tryRoute(opened, next.route(), lastRefusal);
    } else {
      nextTry =
          lane.eventLoop()
              .schedule(
                  () -> step(() -> tryRoute(opened, next.route(), lastRefusal)),
                  next.waitMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void tryRoute(Opened opened, Route route, @Nullable Refusal lastRefusal) {
    nextTry = null;
    if (isClientGone || !opened.failover().enter()) {
      connect(opened, lastRefusal);
    } else {
      Attempt attempt = new Attempt(opened, route);
      call = lane.upstream().upgrade(upstreamRequest(opened.asked(), route), attempt);
    }
  }

  private UpstreamRequest upstreamRequest(WebSocketUpgrade asked, Route route) {
    HttpHeaders headers = HeaderRules.towardsProvider(request.headers());
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_VERSION);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    List<String> protocols = OpenAiRealtime.protocolsUpstream(asked.protocols());
    if (!protocols.isEmpty()) {
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, String.join(", ", protocols));
    }
    Provider provider = route.provider();
    Dialect spoken = dialects.named(provider.settings().dialect()).orElseThrow();
    spoken.authorize(headers, provider.settings().apiKey(), provider.variant());
    return new UpstreamRequest(
        provider.settings(),
        route.model(),
        HttpMethod.GET,
        OpenAiRealtime.upstreamPath(route.model(), request.query()),
        headers,
        Unpooled.EMPTY_BUFFER,
        route.bounds(),
        /* isRepeatable= */ true);
  }

  /** One call of a provider, up to its answer. */
  private final class Attempt implements UpgradeListener {
    private final Opened opened;
    private final Route route;
    private @Nullable ErrorAnswer answer;

    Attempt(Opened opened, Route route) {
      this.opened = opened;
      this.route = route;
    }

    @Override
    public void onResent() {
      note("resent");
    }

    @Override
    public void onSwitched(HttpHeaders headers, Channel channel) {
      step(
          () -> {
            note("ok");
            opened.failover().answered();
            switchTo(opened, route, headers, channel);
          });
    }

    @Override
    public void onHead(HttpResponseStatus status, HttpHeaders headers) {
      Outcome outcome =
          Outcome.ofStatus(status.code(), RetryAfter.millis(headers, System.currentTimeMillis()));
      boolean mayFollow =
          Outcome.isWorthAnother(status.code())
              && opened.failover().tries(route).mayFollow(outcome);
      if (mayFollow || status.code() < 300) {
        if (call != null) {
          call.cancel();
        }
        note(Integer.toString(status.code()));
        next(
            status.code() < 300 ? Outcome.ofError() : outcome,
            "The provider answered " + status.code() + " and not by a WebSocket.");
      } else {
        answer = new ErrorAnswer(status, headers, catalog.settings().wholeAnswerBytesMax());
      }
    }

    @Override
    public void onBody(ByteBuf piece) {
      if (answer == null) {
        piece.release();
      } else {
        answer.add(piece);
      }
    }

    @Override
    public void onEnd(HttpHeaders trailers) {
      step(
          () -> {
            ErrorAnswer passed = answer;
            if (passed != null) {
              note(Integer.toString(passed.status()));
              opened.failover().passedOn(route, Outcome.ofStatus(passed.status(), 0));
              settle(opened, passed.status());
              Reply reply = passed.reply();
              RateLimitHeaders.set(reply.headers(), limits);
              over();
              response.send(reply);
            }
          });
    }

    @Override
    public void onFailure(UpstreamFailure failure) {
      note(failure.isTimeout() ? "timeout" : "broken");
      Refusal refusal =
          failure.isTimeout()
              ? new Refusal.UpstreamTimeout(failure.reason())
              : new Refusal.UpstreamError(failure.reason());
      step(
          () -> {
            opened.failover().failed(route, Outcome.of(failure));
            connect(opened, refusal);
          });
    }

    private void next(Outcome outcome, String reason) {
      step(
          () -> {
            opened.failover().failed(route, outcome);
            connect(opened, new Refusal.UpstreamError(reason));
          });
    }

    private void note(String word) {
      opened.failover().note(route, word);
      opened.turn().takeRoute(route, opened.failover().attempts());
    }
  }

  private void switchTo(Opened opened, Route route, HttpHeaders headers, Channel channel) {
    if (isOver || isClientGone) {
      var unused = channel.close();
      return;
    }
    RealtimeSession session =
        new RealtimeSession(
            lane,
            opened.turns(),
            opened.turn(),
            route,
            catalog.settings(),
            meters,
            refusal -> refusals.render(refusal, OpenAiRealtime.PATH, request.id()).body(),
            "event_" + request.id());
    isOver = true;
    session.takeProvider(channel);
    HttpHeaders answer = opened.asked().answer(protocol(opened.asked(), headers));
    RateLimitHeaders.set(answer, limits);
    String upstreamId = HeaderRules.towardsClient(headers).get(HeaderRules.UPSTREAM_REQUEST_ID);
    if (upstreamId != null) {
      answer.set(HeaderRules.UPSTREAM_REQUEST_ID, upstreamId);
    }
    response.switchProtocols(answer, session::takeClient, session);
    session.start();
  }

  /** Ours where it was asked for, else what the provider has chosen of those. */
  private static @Nullable String protocol(WebSocketUpgrade asked, HttpHeaders fromProvider) {
    List<String> passed = OpenAiRealtime.protocolsUpstream(asked.protocols());
    String chosen = fromProvider.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    return passed.contains(OpenAiRealtime.PROTOCOL)
        ? OpenAiRealtime.PROTOCOL
        : chosen != null && passed.contains(chosen) ? chosen : null;
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
    if (call != null) {
      call.cancel();
    }
    if (nextTry != null) {
      nextTry.cancel(false);
    }
    if (held != null && turns != null) {
      turns.settle(held, Charging.NOTHING, CLIENT_CLOSED_REQUEST);
      letGo();
      over();
    }
    // Else a hold is on its way, or a key is looked up: whoever waits for it ends this.
  }

  private void settle(Opened opened, int status) {
    opened.turns().settle(opened.turn(), Charging.NOTHING, status);
    letGo();
  }

  private void letGo() {
    turn = null;
    if (failover != null) {
      failover.left();
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
