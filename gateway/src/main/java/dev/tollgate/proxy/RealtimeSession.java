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
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A Realtime session under way: frames pass both ways as they came, each side read only as fast as
 * the other takes them, and every response is a purchase. What may bring about a response waits
 * until its hold stands; a response that the provider begins of itself waits here, unseen by the
 * client, until its own does. Confined to its event loop.
 */
final class RealtimeSession implements Switched {
  private final Turns turns;
  private final RealtimeSettings settings;
  private final ClientEvents clientEvents;
  private final ServerEvents serverEvents;
  private final SessionSide client = new SessionSide(this::passFromClient);
  private final SessionSide provider = new SessionSide(this::passFromProvider);
  private final SessionHolds holds;
  private final SessionErrors errors;
  private final SessionEnding ending;
  private final SessionTime time;

  /**
   * @param first the turn that is held
   * @param bodies renders a refusal as an answer would have it
   * @param eventId what the ids of events of our own begin with
   */
  RealtimeSession(
      Lane lane,
      Turns turns,
      Turn first,
      Route route,
      ProxySettings bounds,
      MeterSettings meters,
      Function<Refusal, byte[]> bodies,
      String eventId) {
    this.turns = turns;
    this.settings = bounds.realtime();
    this.clientEvents = new ClientEvents(meters);
    this.serverEvents = new ServerEvents(meters);
    this.holds = new SessionHolds(lane, turns, first, route);
    this.errors = new SessionErrors(client, bodies, eventId);
    this.ending = new SessionEnding(lane, route, bounds, client, provider, holds, errors, eventId);
    this.time = new SessionTime(lane, settings, ending, holds);
    ending.whenOver(time::stop);
    turns.onAllEnded(ending::finishIfDone);
  }

  // ---- beginning

  void takeProvider(Channel channel) {
    FrameListener listener = new Listener(provider, client, ending::onProviderEnd);
    provider.open(FrameSide.ofServer(channel, settings.frames(), listener));
  }

  void takeClient(Channel channel) {
    FrameListener listener = new Listener(client, provider, ending::onClientEnd);
    client.open(FrameSide.ofClient(channel, settings.frames(), listener));
  }

  /** Both sides are there. */
  void start() {
    client.flush();
    time.start();
  }

  /** Hears one side, for the other. */
  private final class Listener implements FrameListener {
    private final SessionSide side;
    private final SessionSide other;
    private final Consumer<SideEnd> onEnd;

    Listener(SessionSide side, SessionSide other, Consumer<SideEnd> onEnd) {
      this.side = side;
      this.other = other;
      this.onEnd = onEnd;
    }

    @Override
    public void onFrame(WebSocketFrame frame) {
      side.add(frame);
      ending.step(() -> pump(side));
    }

    @Override
    public void onReadComplete() {
      other.flush();
    }

    @Override
    public void onWritable() {
      ending.step(RealtimeSession.this::updateReading);
    }

    @Override
    public void onEnd(SideEnd how) {
      ending.step(() -> onEnd.accept(how));
    }
  }

  private void pump(SessionSide side) {
    if (side.pump()) {
      updateReading();
    }
  }

  private void updateReading() {
    client.readFor(provider);
    provider.readFor(client);
  }

  // ---- from the client

  private boolean passFromClient(WebSocketFrame frame, boolean isNew) {
    boolean isControl = SessionSide.isControl(frame);
    if (isNew) {
      time.onFrame();
      if (!isControl) {
        read(frame);
      }
    }
    if (isControl || !frame.isFinalFragment()) {
      provider.write(frame);
      return true;
    }
    if (clientEvents.isTranscription()) {
      frame.release();
      deny(frame, transcription());
      return true;
    }
    String type = clientEvents.type();
    if (OpenAiRealtime.mayRespond(type)) {
      time.onAsked();
      if (holds.lacks(type)) {
        holdForClient();
        return false;
      }
      holds.passed(type);
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

  private static Refusal transcription() {
    return new Refusal.InvalidRequest(
        "Sessions of type `transcription` are not sold here.", "session.type");
  }

  /** An event is not passed on, and the session goes on where it can. */
  private void deny(WebSocketFrame frame, Refusal refusal) {
    if (frame instanceof ContinuationWebSocketFrame) {
      // Its beginning has been passed on: the provider cannot be left in the middle of it.
      ending.refuse(refusal);
    } else {
      errors.send(refusal);
    }
  }

  // ---- from the provider

  private boolean passFromProvider(WebSocketFrame frame, boolean isNew) {
    boolean isControl = SessionSide.isControl(frame);
    if (isNew) {
      time.onFrame();
      if (!isControl) {
        if (!(frame instanceof ContinuationWebSocketFrame)) {
          serverEvents.begin();
        }
        serverEvents.read(frame.content());
      }
    }
    boolean isMessage = !isControl && frame.isFinalFragment();
    if (isMessage && !holds.accountFor(serverEvents)) {
      holdForProvider();
      return false;
    }
    client.write(frame);
    if (isMessage && serverEvents.type().equals(OpenAiRealtime.RESPONSE_DONE)) {
      ending.onTurnOver();
    }
    return true;
  }

  // ---- what waits for a hold

  /** A gateway that stops begins nothing: what is asked for waits for the session's end. */
  private void holdForClient() {
    if (!ending.isStopping()) {
      hold();
    }
  }

  /** What the provider has begun nobody may see, nor anything behind it. */
  private void holdForProvider() {
    if (ending.isStopping()) {
      ending.goAway();
    } else {
      hold();
    }
  }

  private void hold() {
    holds.ask(decision -> ending.step(() -> onHold(decision)));
  }

  private void onHold(@Nullable Decision decision) {
    switch (decision) {
      case Decision.Admitted admitted -> {
        holds.take(admitted, !provider.isOver());
        if (!provider.isOver()) {
          time.onAsked();
          goOn();
        }
      }
      case Decision.Refused(Refusal refusal, var limits) -> onRefused(refusal);
      case null -> onRefused(new Refusal.LedgerUnavailable());
    }
    ending.finishIfDone();
  }

  /** A response that is under way is let end; without one the session is over. */
  private void onRefused(Refusal refusal) {
    WebSocketFrame asked = provider.hasWaiting() ? null : client.heldUp();
    if (asked == null || !holds.isRunning() || asked instanceof ContinuationWebSocketFrame) {
      ending.refuse(refusal);
    } else {
      client.skip();
      errors.send(refusal);
      goOn();
    }
  }

  private void goOn() {
    pump(provider);
    pump(client);
    client.flush();
    provider.flush();
  }

  // ---- the gateway's own end

  @Override
  public void drain() {
    ending.step(ending::stop);
  }

  @Override
  public void drop() {
    ending.step(ending::drop);
  }
}
