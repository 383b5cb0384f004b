package dev.tollgate.proxy;

import dev.tollgate.auth.Authentication;
import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.PromptReader;
import dev.tollgate.dialect.RequestHead;
import dev.tollgate.dialect.Variant;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.metering.Edit;
import dev.tollgate.metering.Splice;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Admission.Decision;
import dev.tollgate.proxy.Relay.Ending;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One purchase, read top to bottom: who asks, what for, what it may cost; then the money is held,
 * the request forwarded, the answer passed on and counted, and the true cost settled. Lives on one
 * event loop from its first byte to its last.
 *
 * <p>Every way out of here after a hold goes through {@link #settle}, exactly once.
 */
final class Exchange implements RequestSink {
  private enum State {
    AUTHENTICATING,
    RECEIVING,
    ADMITTING,
    CONNECTING,
    RELAYING,
    SETTLING,
    DONE
  }

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final int CLIENT_CLOSED_REQUEST = 499;
  private static final String UPSTREAM_BROKE = "upstream_broke";

  /** Methods that change nothing, or the same at the second time (RFC 9110, 9.2.2). */
  private static final Set<HttpMethod> REPEATABLE =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private final Lane lane;
  private final Catalog catalog;
  private final Dialects dialects;
  private final Endpoint endpoint;
  private final Offers offers;
  private final RefusalRenderer refusals;
  private final ServerRequest request;
  private final ServerResponse response;
  private final IncomingBody body;
  private final long startedAtMillis;

  private State state = State.AUTHENTICATING;
  private boolean isBodyWhole;
  private boolean isClientGone;
  private boolean isDraining;
  private boolean isSettled;
  private @Nullable ScheduledFuture<?> drainEnd;
  private @Nullable KeyRef caller;
  private @Nullable Purchase purchase;

  Exchange(
      Lane lane,
      Dialects dialects,
      Endpoint endpoint,
      Offers offers,
      RefusalRenderer refusals,
      ServerRequest request,
      ServerResponse response) {
    this.lane = lane;
    this.catalog = lane.catalog();
    this.dialects = dialects;
    this.endpoint = endpoint;
    this.offers = offers;
    this.refusals = refusals;
    this.request = request;
    this.response = response;
    this.body = new IncomingBody(newReader(), lane.bodyMemory(), catalog.settings());
    this.startedAtMillis = lane.clock().millis();
  }

  private PromptReader newReader() {
    String contentType = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    return endpoint.newPromptReader(
        new RequestHead(contentType, request.pathParameters(), request.query()));
  }

  // ---- authenticating: from the head alone, while the body may already be coming

  void authenticate() {
    lane.exchangeBegun();
    lane.authenticator()
        .authenticate(request.headers(), endpoint.keyIn(request.query()))
        .whenComplete((who, failure) -> step(() -> onAuthenticated(who, failure)));
  }

  private void onAuthenticated(@Nullable Authentication who, @Nullable Throwable failure) {
    if (state != State.AUTHENTICATING) {
      return;
    }
    if (failure != null || who == null) {
      refuse(new Refusal.LedgerUnavailable());
      return;
    }
    switch (who) {
      case Authentication.Rejected(Refusal refusal) -> refuse(refusal);
      case Authentication.Authenticated(KeyRef key) -> {
        caller = key;
        state = State.RECEIVING;
        admitWhenReceived(key);
      }
    }
  }

  // ---- receiving: the body is read as it comes, and kept

  @Override
  public void onBody(ByteBuf piece) {
    if (state == State.DONE) {
      piece.release();
      return;
    }
    body.add(piece);
    if (body.refusal() != null && caller != null) {
      admitWhenReceived(caller);
    }
  }

  @Override
  public void onBodyEnd() {
    isBodyWhole = true;
    if (caller != null) {
      admitWhenReceived(caller);
    }
  }

  private void admitWhenReceived(KeyRef key) {
    if (state != State.RECEIVING) {
      return;
    }
    Refusal refusal = body.refusal();
    if (refusal != null) {
      refuse(refusal);
    } else if (isBodyWhole) {
      switch (body.end()) {
        case PromptReader.Result.Refused(Refusal.InvalidRequest invalid) -> refuse(invalid);
        case PromptReader.Result.Understood(Prompt prompt) -> admit(key, prompt);
      }
    }
  }

  // ---- admitting: the worst it can cost is held, or the request refused

  private void admit(KeyRef key, Prompt prompt) {
    state = State.ADMITTING;
    new Admission(lane, catalog, offers)
        .admit(request.id(), key, prompt, request.pathParameters())
        .whenComplete((decision, failure) -> step(() -> onAdmission(key, decision, failure)));
  }

  private void onAdmission(KeyRef key, @Nullable Decision decision, @Nullable Throwable failure) {
    if (failure != null || decision == null) {
      refuse(new Refusal.LedgerUnavailable());
      return;
    }
    switch (decision) {
      case Decision.Refused(Refusal refusal, RateLimits limits) -> refuse(refusal, limits);
      case Decision.Admitted admitted -> {
        Offer offer = admitted.offer();
        Tries tries =
            new Tries(
                lane,
                offer.routes(),
                catalog.settings().retries(),
                isRepeatable(offer),
                this::step,
                new Calls());
        Purchase bought = new Purchase(request.id(), key, admitted, tries);
        purchase = bought;
        bought.keep(
            lane.renewals().add(() -> renew(bought), catalog.settings().checkpointMillis()));
        if (isClientGone) {
          settle(bought, Charging.NOTHING, CLIENT_CLOSED_REQUEST);
        } else {
          connect(bought, null);
        }
      }
    }
  }

  /**
   * Whether the provider may see the request twice: an answer is only an answer, but whatever it
   * keeps, or whatever a plain call does, it might then have or do twice.
   */
  private boolean isRepeatable(Offer offer) {
    return REPEATABLE.contains(request.method())
        || (offer.course().equals(Course.PLAIN) && endpoint.isRepeatable());
  }

  // ---- connecting: the next try of the plan, should there be one

  /**
   * @param lastRefusal what came of the try before; null before the first
   */
  private void connect(Purchase bought, @Nullable Refusal lastRefusal) {
    state = State.CONNECTING;
    bought.tries.next(lastRefusal);
  }

  private final class Calls implements Tries.Maker {
    @Override
    public void make(Route route) {
      call(purchase(), route, !lane.usageRefusals().isRemembered(route, endpoint.path()));
    }

    @Override
    public void noneLeft(Refusal refusal) {
      Purchase bought = purchase();
      settle(bought, Charging.NOTHING, isClientGone ? CLIENT_CLOSED_REQUEST : refusal.status());
      sendRefusal(refusal, bought.admitted.hold().limits());
    }
  }

  /** The same route, unasked for usage this time. */
  private void connectAgain(Purchase bought) {
    if (isClientGone) {
      settle(bought, Charging.NOTHING, CLIENT_CLOSED_REQUEST);
    } else {
      call(bought, bought.route(), false);
    }
  }

  private void call(Purchase bought, Route route, boolean mayAskUsage) {
    Variant variant = route.provider().variant();
    List<Edit> usageEdits =
        mayAskUsage && !variant.reportsUsageUnasked() ? bought.prompt.usageEdits() : List.of();
    Relay relay =
        new Relay(
            response,
            endpoint,
            new Relay.Attempt(
                variant,
                bought.prompt.isStreamed(),
                !usageEdits.isEmpty(),
                bought.failover.tries(route)),
            catalog.settings(),
            bought.admitted.hold().limits(),
            ending -> onEnding(bought, ending));
    bought.takeRoute(route, relay);
    state = State.RELAYING;
    Course course = bought.course();
    relay.onNamed(id -> course.onNamed(bought.seen(), id));
    relay.start(course.through(lane.upstream()), upstreamRequest(bought, route, usageEdits));
  }

  private UpstreamRequest upstreamRequest(Purchase bought, Route route, List<Edit> usageEdits) {
    HttpHeaders headers = HeaderRules.towardsProvider(request.headers());
    Provider provider = route.provider();
    Dialect spoken = dialects.named(provider.settings().dialect()).orElseThrow();
    spoken.authorize(headers, provider.settings().apiKey(), provider.variant());
    List<Edit> edits = new ArrayList<>(usageEdits);
    bought.prompt.modelEdit(route.model()).ifPresent(edits::add);
    String path = endpoint.upstreamPath(route.model(), request.pathParameters());
    String query = endpoint.upstreamQuery(request.query());
    return new UpstreamRequest(
        route.provider().settings(),
        route.model(),
        request.method(),
        query == null ? path : path + "?" + query,
        headers,
        Splice.apply(body.take(), edits),
        route.bounds(),
        bought.failover.isRepeatable());
  }

  // ---- relaying: bytes pass in Relay; here is what else may happen meanwhile

  @Override
  public void onWritable() {
    if (purchase != null && state == State.RELAYING) {
      purchase.relay().onWritable();
    }
  }

  @Override
  public void onClientGone() {
    isClientGone = true;
    boolean wasWaiting = purchase != null && purchase.tries.abandon();
    switch (state) {
      case AUTHENTICATING, RECEIVING -> finish();
      case RELAYING -> drainOrCancel(purchase());
      case CONNECTING -> {
        if (wasWaiting) {
          connect(purchase(), null);
        }
      }
      case ADMITTING, SETTLING, DONE -> {}
    }
  }

  /** An answer that is no stream is always read to its end: it has been bought. */
  private void drainOrCancel(Purchase bought) {
    bought.relay().onClientGone();
    if (!bought.prompt.isStreamed()) {
      return;
    }
    ProxySettings settings = catalog.settings();
    if (bought.route().provider().drainsOnDisconnect() && lane.startDrain(settings.drainsMax())) {
      isDraining = true;
      drainEnd =
          lane.eventLoop()
              .schedule(() -> cancel(bought), settings.drainMillisMax(), TimeUnit.MILLISECONDS);
    } else {
      cancel(bought);
    }
  }

  private void cancel(Purchase bought) {
    if (state == State.RELAYING) {
      bought.relay().cancel();
      conclude(bought, bought.relay().tally(), Charging.CLIENT_GONE);
    }
  }

  private void onEnding(Purchase bought, Ending ending) {
    switch (ending) {
      case Ending.NotServed(Refusal refusal, Outcome outcome, String word) -> {
        bought.note(word);
        bought.failover.failed(bought.route(), outcome);
        connect(bought, refusal);
      }
      case Ending.UsageRefused refused -> {
        bought.note("usage_refused");
        bought.failover.answered();
        lane.usageRefusals().remember(bought.route(), endpoint.path());
        connectAgain(bought);
      }
      case Ending.ErrorPassed(Outcome outcome) -> {
        bought.note(Integer.toString(outcome.status()));
        bought.failover.passedOn(bought.route(), outcome);
        settle(bought, Charging.NOTHING, outcome.status());
        bought.relay().finish(null);
      }
      case Ending.Served(Tally tally) -> {
        bought.note("ok");
        bought.failover.served(tally.isError());
        conclude(bought, tally, null);
      }
      case Ending.BrokenOff broken -> {
        bought.note("broken");
        bought.failover.brokeOff();
        bought.relay().breakOff();
        conclude(bought, broken.tally(), UPSTREAM_BROKE);
      }
    }
  }

  /**
   * Keeps the hold alive, with what has been delivered so far. Not repeated: the next one comes
   * soon, and a lease outlives several.
   */
  private void renew(Purchase bought) {
    int status = bought.isCalled() ? sentStatus(bought) : 0;
    Settlement soFar =
        bought.settlement(request, endpoint, bought.soFar(), status, startedAtMillis);
    lane.ledger()
        .renew(soFar, catalog.settings().leaseMillis())
        .whenComplete(
            (isOpen, away) -> {
              if (away != null) {
                LOG.debug("{} could not be renewed", request.id(), away);
              }
            });
  }

  // ---- settling: the true cost, once

  /** The answer is over. What the provider now keeps, or keeps no longer, is seen to first. */
  private void conclude(Purchase bought, Tally tally, @Nullable String interruption) {
    state = State.SETTLING;
    Course course = bought.course();
    if (course.equals(Course.PLAIN)) {
      charge(bought, tally, interruption);
      return;
    }
    if (interruption != null) {
      renew(bought);
    }
    course
        .end(bought.seen(), tally, interruption)
        .whenComplete(
            (end, failure) -> step(() -> onConcluded(bought, tally, interruption, end, failure)));
  }

  private void onConcluded(
      Purchase bought,
      Tally tally,
      @Nullable String interruption,
      Course.@Nullable End end,
      @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("{}: what its provider keeps of it is not known yet", request.id(), failure);
    }
    switch (end) {
      case Course.End.Deferred deferred -> leaveOpen(bought);
      case Course.End.Free free -> onCharge(bought, Charging.NOTHING, null);
      case Course.End.Charged(String object) -> {
        bought.paysFor(object);
        charge(bought, tally, interruption);
      }
      case null -> charge(bought, tally, interruption);
    }
  }

  /** Somebody else will settle it: this gateway is done with it. */
  private void leaveOpen(Purchase bought) {
    isSettled = true;
    bought.letGo();
    lane.listener().onHoldEnded(bought.admitted.hold().heldNanoUsd());
    lane.listener()
        .onFinished(
            bought.summary(
                request, endpoint, Charging.NOTHING, sentStatus(bought), System.nanoTime()));
    finish();
    bought.relay().finish(Charging.NOTHING);
  }

  /**
   * Where the provider failed in the middle, what was delivered is paid for, nothing when that is
   * nothing.
   */
  private void charge(Purchase bought, Tally tally, @Nullable String interruption) {
    boolean isNothing =
        tally.delivered().bytes() == 0 && tally.reported() == null && tally.counted().isNone();
    if (isNothing && UPSTREAM_BROKE.equals(interruption)) {
      settle(bought, Charging.NOTHING, sentStatus(bought));
      return;
    }
    CompletionStage<Charge> charge =
        lane.charging()
            .charge(
                bought.admitted.offer(),
                bought.prompt,
                bought.admitted.hold(),
                tally,
                interruption);
    if (bought.relay().isStreamed() && !charge.toCompletableFuture().isDone()) {
      bought.relay().finish(null);
    }
    charge.whenComplete((due, failure) -> step(() -> onCharge(bought, due, failure)));
  }

  private void onCharge(Purchase bought, @Nullable Charge charge, @Nullable Throwable failure) {
    Charge due = charge;
    if (due == null || failure != null) {
      long held = bought.admitted.hold().heldNanoUsd();
      due = new Charge(Usage.NONE, held, held, "not_estimated");
    }
    settle(bought, due, sentStatus(bought));
    bought.relay().finish(due);
  }

  private void settle(Purchase bought, Charge charge, int status) {
    state = State.SETTLING;
    Settlement settlement = bought.settlement(request, endpoint, charge, status, startedAtMillis);
    isSettled = true;
    bought.letGo();
    var unused = lane.ledger().settle(settlement);
    lane.listener().onHoldEnded(bought.admitted.hold().heldNanoUsd());
    lane.listener()
        .onFinished(bought.summary(request, endpoint, charge, status, System.nanoTime()));
    finish();
  }

  private int sentStatus(Purchase bought) {
    int sent = bought.relay().sentStatus();
    return sent != 0 ? sent : isClientGone ? CLIENT_CLOSED_REQUEST : bought.relay().status();
  }

  // ---- and should there be a bug in all this

  /** A step that a stage leads to: what it throws would vanish in there. */
  private void step(Runnable act) {
    try {
      act.run();
    } catch (RuntimeException bug) {
      LOG.error("{} failed", request.id(), bug);
      giveUp();
    }
  }

  /** Neither the client nor the money waits for an exchange that cannot go on. */
  private void giveUp() {
    Purchase bought = purchase;
    if (bought != null && !isSettled) {
      isSettled = true;
      bought.letGo();
      if (bought.isCalled()) {
        bought.relay().cancel();
      }
      var unused = lane.ledger().release(request.id(), bought.caller, "gateway_fault");
      lane.listener().onHoldEnded(bought.admitted.hold().heldNanoUsd());
    }
    finish();
    if (response.isStarted()) {
      response.abort();
    } else {
      sendRefusal(new Refusal.InternalError(), RateLimits.NONE);
    }
  }

  private void refuse(Refusal refusal) {
    refuse(refusal, RateLimits.NONE);
  }

  private void refuse(Refusal refusal, RateLimits limits) {
    finish();
    sendRefusal(refusal, limits);
  }

  private void sendRefusal(Refusal refusal, RateLimits limits) {
    if (!isClientGone) {
      Reply reply = refusals.render(refusal, request.path(), request.id());
      RateLimitHeaders.set(reply.headers(), limits);
      if (!(refusal instanceof Refusal.InternalError)) { // which may come after the charge
        ChargeHeaders.set(reply.headers(), Charging.NOTHING);
      }
      response.send(reply);
    }
  }

  private void finish() {
    if (state != State.DONE) {
      lane.exchangeEnded();
    }
    state = State.DONE;
    body.discard();
    if (drainEnd != null) {
      drainEnd.cancel(false);
      drainEnd = null;
    }
    if (isDraining) {
      isDraining = false;
      lane.endDrain();
    }
  }

  private Purchase purchase() {
    if (purchase == null) {
      throw new IllegalStateException("nothing has been admitted");
    }
    return purchase;
  }
}
