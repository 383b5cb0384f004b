package dev.tollgate.proxy;

import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.domain.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.util.function.Function;

/** The events by which a Realtime session tells its client what is wrong. */
final class SessionErrors {
  private final SessionSide client;
  private final Function<Refusal, byte[]> bodies;
  private final String eventId;
  private int sent;

  /**
   * @param bodies renders a refusal as an answer would have it
   * @param eventId what the ids of the events begin with
   */
  SessionErrors(SessionSide client, Function<Refusal, byte[]> bodies, String eventId) {
    this.client = client;
    this.bodies = bodies;
    this.eventId = eventId;
  }

  /** Says so, unless the client has gone, or is in the middle of a message of the provider's. */
  void send(Refusal refusal) {
    if (!client.isOver() && !client.isMidMessage()) {
      sent++;
      byte[] event = OpenAiRealtime.errorEvent(eventId + "_" + sent, bodies.apply(refusal));
      client.write(new TextWebSocketFrame(Unpooled.wrappedBuffer(event)));
      client.flush();
    }
  }
}
