package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;

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
}
