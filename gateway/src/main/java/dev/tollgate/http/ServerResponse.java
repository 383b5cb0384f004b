package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;

/**
 * The answer to one request, for use on its event loop only. {@link #send} answers whole; else
 * {@link #head}, any number of {@link #body}, then {@link #end} or {@link #abort}. The server adds
 * {@code x-request-id}, {@code Date} and the framing (chunked unless a {@code Content-Length} is
 * given), drops the body of an answer to {@code HEAD}, and swallows what is written after the
 * client has gone, releasing it.
 */
public interface ServerResponse {
  /** The loop on which everything about this exchange happens. */
  EventLoop eventLoop();

  /** Whether {@link #head} or {@link #send} has been called. */
  boolean isStarted();

  /** Whether the client keeps up: false once its unsent bytes pass the high watermark. */
  boolean isWritable();

  /** A 1xx of the provider's, passed on; ignored for an HTTP/1.0 client. */
  void interim(HttpResponseStatus status, HttpHeaders headers);

  /**
   * @param headers end-to-end ones only; the response owns them from here
   */
  void head(HttpResponseStatus status, HttpHeaders headers);

  /** Takes ownership of the piece. Not flushed by itself: see {@link #flush()}. */
  void body(ByteBuf piece);

  void flush();

  /** Completes the response and flushes; trailers are sent where the framing carries them. */
  void end(HttpHeaders trailers);

  /** Breaks the connection so that the client can see that the answer is not whole. */
  void abort();

  /** Answers whole. */
  void send(Reply reply);

  /** Whether the connection can leave HTTP by the answer: HTTP/1.1 alone can. */
  default boolean canSwitch() {
    return false;
  }

  /**
   * Answers with 101: from here on the connection is no longer HTTP's. Its bytes go to the handlers
   * that the caller adds to the end of its pipeline within {@code takes}, beginning with those that
   * have come already; nothing of this exchange is heard any more. Not flushed by itself.
   *
   * @param headers {@code Upgrade} and what else the other protocol wants; {@code Connection} is
   *     added
   * @param takes puts its handlers into the pipeline
   * @param switched is told when the server ends
   * @throws IllegalStateException if it cannot switch, or has been answered
   */
  default void switchProtocols(HttpHeaders headers, Consumer<Channel> takes, Switched switched) {
    throw new IllegalStateException("this exchange cannot leave HTTP");
  }
}
