package dev.tollgate.simulator;

import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerResponse;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A response that keeps what it is given, on an event loop whose time the test moves. */
final class RecordedResponse implements ServerResponse {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  @Nullable HttpResponseStatus status;
  @Nullable HttpHeaders headers;
  int flushes;
  boolean isEnded;
  boolean isWritable = true;

  RecordedResponse() {
    channel.freezeTime();
  }

  void advanceMillis(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  int status() {
    return status == null ? 0 : status.code();
  }

  String text() {
    return body.toString(StandardCharsets.UTF_8);
  }

  void close() {
    channel.finishAndReleaseAll();
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public boolean isStarted() {
    return status != null;
  }

  @Override
  public boolean isWritable() {
    return isWritable;
  }

  @Override
  public void interim(HttpResponseStatus status, HttpHeaders headers) {
    throw new AssertionError("no 1xx is expected");
  }

  @Override
  public void head(HttpResponseStatus status, HttpHeaders headers) {
    if (this.status != null) {
      throw new AssertionError("a second head");
    }
    this.status = status;
    this.headers = headers;
  }

  @Override
  public void body(ByteBuf piece) {
    if (isEnded || status == null) {
      throw new AssertionError("a body before the head or after the end");
    }
    body.writeBytes(piece.toString(StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
    piece.release();
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public void end(HttpHeaders trailers) {
    isEnded = true;
  }

  @Override
  public void abort() {
    throw new AssertionError("aborted");
  }

  @Override
  public void send(Reply reply) {
    head(reply.status(), reply.headers());
    body.writeBytes(reply.body());
    isEnded = true;
  }
}
