package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Hears how one call goes, on the lane's event loop, in this order: any {@link #onInterim}, {@link
 * #onHead}, any {@link #onBody}, then {@link #onEnd}; {@link #onFailure} may end it at any point.
 * Nothing is heard after {@link UpstreamCall#cancel()}.
 */
public interface UpstreamListener {
  /**
   * The provider has not said a word to it, and the request goes out once more, on another
   * connection. Heard in a task of its own, as a failure is.
   */
  default void onResent() {}

  /** A 1xx other than 100. */
  default void onInterim(HttpResponseStatus status, HttpHeaders headers) {}

  /**
   * @param headers as sent, hop-by-hop ones included; the listener owns them
   */
  void onHead(HttpResponseStatus status, HttpHeaders headers);

  /** A piece of the answer's body, unchunked; the listener owns it and releases it. */
  void onBody(ByteBuf piece);

  /** What could be read at once has been handed over: a good moment to flush. */
  default void onReadComplete() {}

  /** The answer is whole. */
  void onEnd(HttpHeaders trailers);

  /** The call is over without a whole answer; it holds no connection, nor a stream on one. */
  void onFailure(UpstreamFailure failure);
}
