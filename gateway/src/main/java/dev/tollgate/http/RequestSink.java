package dev.tollgate.http;

import io.netty.buffer.ByteBuf;

/**
 * Takes what follows the head of one request. All calls come on the event loop; none after {@link
 * #onClientGone()}, and none but {@link #onWritable()} and {@link #onClientGone()} after {@link
 * #onBodyEnd()}. Once the response has ended nothing is called any more.
 */
public interface RequestSink {
  /** A piece of the body, as it came; the sink owns it and releases it. */
  void onBody(ByteBuf piece);

  /** The body is complete. */
  void onBodyEnd();

  /** The client reads again, after {@link ServerResponse#isWritable()} had turned false. */
  default void onWritable() {}

  /** The connection is gone, or can no longer be used, before the response ended. */
  void onClientGone();
}
