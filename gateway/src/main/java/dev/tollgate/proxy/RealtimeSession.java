package dev.tollgate.proxy;

import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.domain.Refusal;
import dev.tollgate.frames.FrameListener;
import dev.tollgate.frames.FrameSide;
import dev.tollgate.frames.SideEnd;
import dev.tollgate.http.Switched;
import dev.tollgate.metering.ClientEvents;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.ServerEvents;
import dev.tollgate.proxy.Admission.Decision;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Realtime session under way: frames pass both ways as they came, each side read only as fast as
 * the other takes them, and every response is a purchase. What may bring about a response waits
 * until its hold stands; a response that the provider begins of itself waits here, unseen by the
 * client, until its own does. Confined to its event loop.
 *
 * <p>Buffers: a frame is the session's from {@code onFrame} until it is written to the other side,
 * which takes it over, or released.
 */
final class RealtimeSession implements Switched {
  private static final Logger LOG = LoggerFactory.getLogger(RealtimeSession.class);
  private static final int NORMAL = 1000;
  private static final int GOING_AWAY = 1001;
  private static final int POLICY = 1008;
  private static final int INTERNAL_ERROR = 1011;
  private static final int TICKS_PER_BOUND = 4;
  private static final long TICK_MILLIS_MAX = 1_000;

  private final Lane lane;
  private final Turns turns;
  private final Route route;
  private final RealtimeSettings settings;
  private final ProxySettings bounds;
  private final Function<Refusal, byte[]> errors;
  private final String eventId;
  private final ClientEvents clientEvents;
  private final ServerEvents serverEvents;

  /** Frames that have come and have not been passed on; the first may have been read already. */
  private final Deque<WebSocketFrame> fromClient = new ArrayDeque<>();

  private final Deque<WebSocketFrame> fromProvider = new ArrayDeque<>();
  private boolean isClientFrameRead;
  private boolean isProviderFrameRead;

  /** Held, and not yet used by a response. */
  private final Deque<Turn> spare = new ArrayDeque<>();

  /** By the id of the response. */
  private final Map<String, Turn> running = new HashMap<>();

  /** Responses that the client has asked for, and the provider has not begun. */
  private int promised;

  private boolean isHolding;
  private boolean isPumpingClient;
  private boolean isPumpingProvider;
  private boolean isStopping;
  private boolean isClientOver;
  private boolean isProviderOver;
  private boolean isDraining;
  private boolean isMidServerMessage;
  private boolean isOver;
  private int errorsSent;
  private final long startedNanos = System.nanoTime();
  private long lastFrameNanos = startedNanos;
  private long lastAskedNanos = startedNanos;
  private @Nullable ScheduledFuture<?> tick;
  private @Nullable ScheduledFuture<?> drainEnd;

  @SuppressWarnings("NullAway.Init") // before the first frame
  private FrameSide client;

  @SuppressWarnings("NullAway.Init")
  private FrameSide provider;

  /**
   * @param first the turn that is held
   * @param errors renders a refusal as an answer would have it
   * @param eventId what the ids of events of our own begin with
   */
  RealtimeSession(
      Lane lane,
      Turns turns,
      Turn first,
      Route route,
      ProxySettings bounds,
      MeterSettings meters,
      Function<Refusal, byte[]> errors,
      String eventId) {
    this.lane = lane;
    this.turns = turns;
    this.route = route;
    this.bounds = bounds;
    this.settings = bounds.realtime();
    this.errors = errors;
    this.eventId = eventId;
    this.clientEvents = new ClientEvents(meters);
    this.serverEvents = new ServerEvents(meters);
    spare.add(first);
    turns.onAllEnded(this::finishIfDone);
  }

  // ---- beginning

  void takeProvider(Channel channel) {
    provider = FrameSide.ofServer(channel, settings.frames(), new FromProvider());
  }

  void takeClient(Channel channel) {
    client = FrameSide.ofClient(channel, settings.frames(), new FromClient());
  }

  /** Both sides are there. */
  void start() {
    client.flush();
    scheduleTick();
  }

  private final class FromClient implements FrameListener {
    @Override
    public void onFrame(WebSocketFrame frame) {
      fromClient.add(frame);
      step(RealtimeSession.this::pumpClient);
    }

    @Override
    public void onReadComplete() {
      provider.flush();
    }

    @Override
    public void onWritable() {
      step(RealtimeSession.this::updateReading);
    }

    @Override
    public void onEnd(SideEnd how) {
      step(() -> onClientEnd(how));
    }
  }

  private final class FromProvider implements FrameListener {
    @Override
    public void onFrame(WebSocketFrame frame) {
      fromProvider.add(frame);
      step(RealtimeSession.this::pumpProvider);
    }

    @Override
    public void onReadComplete() {
      client.flush();
    }

    @Override
    public void onWritable() {
      step(RealtimeSession.this::updateReading);
    }

    @Override
    public void onEnd(SideEnd how) {
      step(() -> onProviderEnd(how));
    }
  }

  private void updateReading() {
    if (!isClientOver) {
      client.setReading(fromClient.isEmpty() && (isProviderOver || provider.isWritable()));
    }
    if (!isProviderOver) {
      provider.setReading(fromProvider.isEmpty() && (isClientOver || client.isWritable()));
    }
  }

  // ---- from the client

  private void pumpClient() {
    if (isPumpingClient) {
      return;
    }
    isPumpingClient = true;
    try {
      while (!isClientOver && !fromClient.isEmpty()) {
        WebSocketFrame frame = fromClient.remove();
        if (!passFromClient(frame)) {
          fromClient.addFirst(frame);
          break;
        }
        isClientFrameRead = false;
      }
    } finally {
      isPumpingClient = false;
    }
    if (isClientOver) {
      releaseAll(fromClient);
    }
    updateReading();
  }

  /**
   * @return whether the frame has been dealt with; if not, it is asked again once there is a hold
   */
  private boolean passFromClient(WebSocketFrame frame) {
    if (!isClientFrameRead) {
      lastFrameNanos = System.nanoTime();
      isClientFrameRead = true;
      if (!isControl(frame)) {
        read(frame);
      }
    }
    if (isControl(frame) || !frame.isFinalFragment()) {
      provider.write(frame);
      return true;
    }
    String type = clientEvents.type();
    if (clientEvents.isTranscription()) {
      frame.release();
      deny(frame, transcription());
      return true;
    }
    if (OpenAiRealtime.mayRespond(type)) {
      lastAskedNanos = lastFrameNanos;
      if (lacksHold(type)) {
        return hold();
      }
      promised += type.equals(OpenAiRealtime.RESPONSE_CREATE) ? 1 : 0;
    }
    provider.write(frame);
    return true;
  }

  private void read(WebSocketFrame frame) {
    if (!(frame instanceof ContinuationWebSocketFrame)) {
      clientEvents.begin();
    }
    clientEvents.read(frame.content());
    if (frame.isFinalFragment()) {
      turns.textBytes(clientEvents.textBytes());
    }
  }

  /** A provider has one response of a conversation at a time, but more of those outside of it. */
  private boolean lacksHold(String type) {
    return type.equals(OpenAiRealtime.RESPONSE_CREATE)
        ? spare.size() <= promised
        : spare.isEmpty() && running.isEmpty();
  }

  private static Refusal transcription() {
    return new Refusal.InvalidRequest(
        "Sessions of type `transcription` are not sold here.", "session.type");
  }

  /** An event is not passed on, and the session goes on where it can. */
  private void deny(WebSocketFrame frame, Refusal refusal) {
    if (frame instanceof ContinuationWebSocketFrame) {
      // Its beginning has been passed on: the provider cannot be left in the middle of it.
      refuse(refusal);
    } else {
      sendError(refusal);
    }
  }

  // ---- from the provider

  private void pumpProvider() {
    if (isPumpingProvider) {
      return;
    }
    isPumpingProvider = true;
    try {
      while (!isProviderOver && !fromProvider.isEmpty()) {
        WebSocketFrame frame = fromProvider.remove();
        if (!passFromProvider(frame)) {
          fromProvider.addFirst(frame);
          break;
        }
        isProviderFrameRead = false;
      }
    } finally {
      isPumpingProvider = false;
    }
    if (isProviderOver) {
      releaseAll(fromProvider);
    }
    updateReading();
  }

  private boolean passFromProvider(WebSocketFrame frame) {
    if (isControl(frame)) {
      lastFrameNanos = System.nanoTime();
      writeToClient(frame);
      return true;
    }
    if (!isProviderFrameRead) {
      lastFrameNanos = System.nanoTime();
      isProviderFrameRead = true;
      if (!(frame instanceof ContinuationWebSocketFrame)) {
        serverEvents.begin();
      }
      serverEvents.read(frame.content());
    }
    if (!frame.isFinalFragment()) {
      isMidServerMessage = true;
      writeToClient(frame);
      return true;
    }
    if (!isAccountedFor()) {
      return hold();
    }
    isMidServerMessage = false;
    writeToClient(frame);
    if (serverEvents.type().equals(OpenAiRealtime.RESPONSE_DONE)) {
      onTurnOver();
    }
    return true;
  }

  private void writeToClient(WebSocketFrame frame) {
    if (isClientOver) {
      frame.release();
    } else {
      client.write(frame);
    }
  }

  /**
   * Gives the event that has come to its turn.
   *
   * @return false when it is of a response that has no hold, and needs one first
   */
  private boolean isAccountedFor() {
    String id = serverEvents.responseId();
    return switch (serverEvents.type()) {
      case OpenAiRealtime.RESPONSE_CREATED -> running.containsKey(id) || begin(id) != null;
      case OpenAiRealtime.RESPONSE_DONE -> end(id);
      case OpenAiRealtime.ERROR -> {
        promised = Math.max(0, promised - 1);
        yield true;
      }
      default -> {
        deliver(running.get(id));
        yield true;
      }
    };
  }

  /** A response is over, and is paid for; false where it has no hold. */
  private boolean end(String id) {
    Turn turn = running.containsKey(id) ? running.get(id) : begin(id);
    if (turn == null) {
      return false;
    }
    running.remove(id);
    serverEvents.addTo(turn.meter);
    turns.conclude(turn, null);
    return true;
  }

  private void deliver(@Nullable Turn turn) {
    if (turn != null) {
      serverEvents.addTo(turn.meter);
      turn.delivered();
    }
  }

  /**
   * A response takes a hold that waits for one.
   *
   * @return null when there is none
   */
  private @Nullable Turn begin(String id) {
    Turn turn = spare.poll();
    if (turn != null) {
      turn.begin(lane.clock().millis());
      running.put(id, turn);
      promised = Math.max(0, promised - 1);
    }
    return turn;
  }

  private void onTurnOver() {
    if (isStopping && running.isEmpty()) {
      goAway();
    } else if (isDraining && running.isEmpty()) {
      endProvider(NORMAL, "");
    }
  }

  // ---- money

  /**
   * Asks for one more hold, unless one is asked for already.
   *
   * @return false: what needs it has to wait
   */
  private boolean hold() {
    if (!isHolding) {
      isHolding = true;
      if (isStopping) {
        goAway();
      } else {
        turns.hold().whenComplete((decision, failure) -> step(() -> onHold(decision)));
      }
    }
    return false;
  }

  private void onHold(@Nullable Decision decision) {
    isHolding = false;
    switch (decision) {
      case Decision.Admitted admitted -> {
        Turn turn = turns.admitted(admitted);
        turn.takeRoute(route, "");
        if (isOver || isProviderOver) {
          turns.release(turn, "session_over");
        } else {
          spare.add(turn);
          lastAskedNanos = System.nanoTime();
          pumpProvider();
          pumpClient();
          flush();
        }
      }
      case Decision.Refused(Refusal refusal, var limits) -> onRefused(refusal);
      case null -> onRefused(new Refusal.LedgerUnavailable());
    }
    finishIfDone();
  }

  /** A response that is under way is let end; without one the session is over. */
  private void onRefused(Refusal refusal) {
    WebSocketFrame asked = fromClient.peek();
    boolean isClients = asked != null && isClientFrameRead && fromProvider.isEmpty();
    if (isClients && !running.isEmpty() && !(asked instanceof ContinuationWebSocketFrame)) {
      fromClient.remove().release();
      isClientFrameRead = false;
      sendError(refusal);
      pumpClient();
      flush();
    } else {
      refuse(refusal);
    }
  }

  /** The client is told why, and both sides are closed. */
  private void refuse(Refusal refusal) {
    sendError(refusal);
    closeBoth(POLICY, refusal.code(), NORMAL);
  }

  private void sendError(Refusal refusal) {
    if (!isClientOver && !isMidServerMessage) {
      errorsSent++;
      byte[] event = OpenAiRealtime.errorEvent(eventId + "_" + errorsSent, errors.apply(refusal));
      client.write(new TextWebSocketFrame(Unpooled.wrappedBuffer(event)));
      client.flush();
    }
  }

  // ---- ending

  private void onClientEnd(SideEnd how) {
    if (isClientOver) {
      return;
    }
    isClientOver = true;
    releaseAll(fromClient);
    boolean isClosed = how instanceof SideEnd.Closed;
    int code = how instanceof SideEnd.Closed(int said, String reason) ? said : GOING_AWAY;
    String reason = how instanceof SideEnd.Closed(int said, String words) ? words : "";
    if (isProviderOver) {
      finishIfDone();
    } else if (mayDrain()) {
      isDraining = true;
      drainEnd =
          lane.eventLoop()
              .schedule(
                  () -> step(() -> endProvider(code, reason)),
                  bounds.drainMillisMax(),
                  TimeUnit.MILLISECONDS);
      updateReading();
    } else {
      endProvider(code, isClosed ? reason : "");
    }
  }

  private boolean mayDrain() {
    return !running.isEmpty()
        && route.provider().drainsOnDisconnect()
        && lane.startDrain(bounds.drainsMax());
  }

  /** The client is gone, and nothing more is waited for. */
  private void endProvider(int code, String reason) {
    if (!isProviderOver) {
      isProviderOver = true;
      provider.close(code, reason);
      releaseAll(fromProvider);
      endTurns(true);
    }
  }

  private void onProviderEnd(SideEnd how) {
    if (isProviderOver) {
      return;
    }
    isProviderOver = true;
    releaseAll(fromProvider);
    endTurns(false);
    if (isClientOver) {
      finishIfDone();
      return;
    }
    isClientOver = true;
    switch (how) {
      case SideEnd.Closed(int code, String reason) -> client.close(code, reason);
      case SideEnd.Faulty(int code, String reason) -> breakOff("The provider broke the protocol.");
      case SideEnd.Gone gone -> breakOff("The provider broke the connection.");
    }
    releaseAll(fromClient);
    finishIfDone();
  }

  private void breakOff(String why) {
    isClientOver = false;
    sendError(new Refusal.UpstreamError(why));
    isClientOver = true;
    client.close(INTERNAL_ERROR, "upstream_error");
  }

  private void closeBoth(int clientCode, String clientReason, int providerCode) {
    if (!isClientOver) {
      isClientOver = true;
      client.close(clientCode, clientReason);
      releaseAll(fromClient);
    }
    if (!isProviderOver) {
      isProviderOver = true;
      provider.close(providerCode, "");
      releaseAll(fromProvider);
    }
    endTurns(true);
  }

  private void endTurns(boolean isByClient) {
    Map<String, Turn> broken = Map.copyOf(running);
    running.clear();
    broken.values().forEach(turn -> turns.conclude(turn, Turns.interruption(isByClient)));
    while (!spare.isEmpty()) {
      turns.release(spare.remove(), "unused");
    }
    finishIfDone();
  }

  /** Nothing is left to pass on or to pay. */
  private void finishIfDone() {
    if (isOver || isHolding || !isClientOver || !isProviderOver || turns.open() > 0) {
      return;
    }
    isOver = true;
    cancel(tick);
    cancel(drainEnd);
    if (isDraining) {
      lane.endDrain();
    }
    lane.exchangeEnded();
  }

  private static void cancel(@Nullable ScheduledFuture<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  @Override
  public void drain() {
    step(
        () -> {
          isStopping = true;
          if (running.isEmpty()) {
            goAway();
          }
        });
  }

  @Override
  public void drop() {
    step(
        () -> {
          client.closeAtOnce(GOING_AWAY, "gateway_stopping");
          onClientEnd(new SideEnd.Gone());
        });
  }

  private void goAway() {
    closeBoth(GOING_AWAY, "gateway_stopping", GOING_AWAY);
  }

  // ---- time

  private void scheduleTick() {
    long least =
        Math.min(
            settings.spareMillisMax(),
            Math.min(settings.idleMillisMax(), settings.sessionMillisMax()));
    long millis = Math.max(1, Math.min(TICK_MILLIS_MAX, least / TICKS_PER_BOUND));
    tick = lane.eventLoop().schedule(() -> step(this::onTick), millis, TimeUnit.MILLISECONDS);
  }

  private void onTick() {
    if (isOver) {
      return;
    }
    long now = System.nanoTime();
    if (isPast(startedNanos, settings.sessionMillisMax(), now)) {
      closeBoth(GOING_AWAY, "session_expired", NORMAL);
    } else if (isPast(lastFrameNanos, settings.idleMillisMax(), now)) {
      closeBoth(GOING_AWAY, "session_idle", NORMAL);
    } else if (isPast(lastAskedNanos, settings.spareMillisMax(), now)) {
      promised = 0;
      while (!spare.isEmpty()) {
        turns.release(spare.remove(), "unused");
      }
    }
    if (!isOver) {
      scheduleTick();
    }
  }

  private static boolean isPast(long sinceNanos, long millisMax, long now) {
    return now - sinceNanos > TimeUnit.MILLISECONDS.toNanos(millisMax);
  }

  // ---- and should there be a bug in all this

  private void step(Runnable act) {
    try {
      act.run();
    } catch (RuntimeException bug) {
      LOG.error("{} failed", eventId, bug);
      closeBoth(INTERNAL_ERROR, "internal_error", NORMAL);
    }
  }

  private void flush() {
    client.flush();
    provider.flush();
  }

  private static boolean isControl(WebSocketFrame frame) {
    return frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame;
  }

  private static void releaseAll(Deque<WebSocketFrame> frames) {
    while (!frames.isEmpty()) {
      frames.remove().release();
    }
  }
}
