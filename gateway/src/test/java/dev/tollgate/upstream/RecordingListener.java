package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records what a listener hears, checks its order, and lets a test act in the middle of it. It
 * releases the pieces.
 */
final class RecordingListener implements UpstreamListener {
  final CompletableFuture<HttpResponseStatus> head = new CompletableFuture<>();
  final CompletableFuture<Boolean> isWhole = new CompletableFuture<>();
  final List<Integer> interims = new ArrayList<>();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final List<String> violations = new ArrayList<>();
  private HttpHeaders headers = EmptyHttpHeaders.INSTANCE;
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
  private @Nullable UpstreamFailure failure;
  private @Nullable UpstreamCall call;
  private final AtomicLong bodyBytes = new AtomicLong();
  private boolean keepsBody = true;
  private int resents;
  private boolean isDirty;
  private boolean mustBeSilent;
  private Consumer<String> action = event -> {};

  /**
   * Runs on the event loop at {@code resent}, {@code interim}, {@code head}, {@code body} and
   * {@code end}.
   */
  RecordingListener doing(Consumer<String> newAction) {
    action = newAction;
    return this;
  }

  RecordingListener countingOnly() {
    keepsBody = false;
    return this;
  }

  void attach(UpstreamCall newCall) {
    call = newCall;
  }

  /** What it listens to; for use on the event loop. */
  UpstreamCall call() {
    return Objects.requireNonNull(call);
  }

  /** From here nothing more may be heard; for use on the event loop. */
  void expectSilence() {
    mustBeSilent = true;
  }

  @Override
  public void onResent() {
    check("resent", !head.isDone() && interims.isEmpty());
    resents++;
    action.accept("resent");
  }

  /** How often the request was sent again. */
  int resents() {
    return resents;
  }

  @Override
  public void onInterim(HttpResponseStatus status, HttpHeaders newHeaders) {
    check("interim", !head.isDone());
    interims.add(status.code());
    action.accept("interim");
  }

  @Override
  public void onHead(HttpResponseStatus status, HttpHeaders newHeaders) {
    check("head", !head.isDone());
    headers = newHeaders;
    head.complete(status);
    action.accept("head");
  }

  @Override
  public void onBody(ByteBuf piece) {
    check("body", head.isDone());
    check("empty body", piece.isReadable());
    isDirty = true;
    bodyBytes.addAndGet(piece.readableBytes());
    if (keepsBody) {
      byte[] bytes = new byte[piece.readableBytes()];
      piece.readBytes(bytes);
      body.writeBytes(bytes);
    }
    piece.release();
    action.accept("body");
  }

  @Override
  public void onReadComplete() {
    check("read complete", true);
    isDirty = false;
    action.accept("read");
  }

  @Override
  public void onEnd(HttpHeaders newTrailers) {
    check("end", head.isDone());
    trailers = newTrailers;
    action.accept("end");
    isWhole.complete(true);
  }

  @Override
  public void onFailure(UpstreamFailure newFailure) {
    check("failure", true);
    failure = newFailure;
    isWhole.complete(false);
  }

  private void check(String event, boolean isInOrder) {
    if (!isInOrder || isWhole.isDone() || mustBeSilent || TestLane.isInCall()) {
      violations.add(event);
    }
  }

  long bodyBytes() {
    return bodyBytes.get();
  }

  HttpHeaders headers() {
    return headers;
  }

  HttpHeaders trailers() {
    return trailers;
  }

  String body() {
    return body.toString(StandardCharsets.ISO_8859_1);
  }

  boolean isDirty() {
    return isDirty;
  }

  /** Waits for a whole answer. */
  RecordingListener awaitEnd() throws Exception {
    boolean whole = isWhole.get(20, TimeUnit.SECONDS);
    assertThat(failure).isNull();
    assertThat(whole).isTrue();
    assertOrder();
    return this;
  }

  UpstreamFailure awaitFailure() throws Exception {
    boolean whole = isWhole.get(20, TimeUnit.SECONDS);
    assertThat(whole).as("the answer is whole").isFalse();
    assertOrder();
    return Objects.requireNonNull(failure);
  }

  void assertOrder() {
    assertThat(violations).as("heard out of order, after the end, or from within call()").isEmpty();
  }
}
