package dev.tollgate.proxy;

import dev.tollgate.http.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;

/** A provider's answer that is passed on whole: what it says instead of switching protocols. */
final class ErrorAnswer {
  private final HttpResponseStatus status;
  private final HttpHeaders headers;
  private final int bytesMax;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /**
   * @param fromProvider as it sent them
   * @param bytesMax the rest of a longer body is dropped
   */
  ErrorAnswer(HttpResponseStatus status, HttpHeaders fromProvider, int bytesMax) {
    this.status = status;
    this.headers = HeaderRules.towardsClient(fromProvider);
    this.bytesMax = bytesMax;
  }

  /** Takes the piece over, and releases it. */
  void add(ByteBuf piece) {
    int taken = Math.min(piece.readableBytes(), bytesMax - body.size());
    byte[] bytes = new byte[Math.max(0, taken)];
    piece.readBytes(bytes);
    body.writeBytes(bytes);
    piece.release();
  }

  int status() {
    return status.code();
  }

  Reply reply() {
    ChargeHeaders.set(headers, Charging.NOTHING);
    return new Reply(status, headers, body.toByteArray());
  }
}
