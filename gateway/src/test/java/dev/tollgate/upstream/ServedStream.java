package dev.tollgate.upstream;

import dev.tollgate.testing.RawFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A request to a scripted provider, and what it answers. Whatever waits fails the test after 20
 * seconds, but for {@link #data}, and throws an IOException once the gateway has closed the
 * connection.
 */
public final class ServedStream {
  private static final int FRAME_BYTES_MAX = 16_384;

  /** For a reader who does not read, on purpose. */
  private static final int READER_SECONDS = 300;

  private final StreamPeer peer;
  private final int id;
  private final int number;
  private final Http2Headers request;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private long windowBytes;
  private boolean isRequestWhole;
  private @Nullable Http2Error reset;

  ServedStream(StreamPeer peer, int id, int number, Http2Headers request, long windowBytes) {
    this.peer = peer;
    this.id = id;
    this.number = number;
    this.request = request;
    this.windowBytes = windowBytes;
  }

  // ---- the request

  public StreamPeer connection() {
    return peer;
  }

  public int id() {
    return id;
  }

  /** Which stream of its connection it is, from 0. */
  public int number() {
    return number;
  }

  /** A field of the request, or a pseudo-header field; null if it is not there. */
  public @Nullable String header(String name) {
    CharSequence value = request.get(name);
    return value == null ? null : value.toString();
  }

  public Http2Headers request() {
    return request;
  }

  /** The whole body of the request, as Latin-1. */
  public String awaitBody() throws IOException {
    await(() -> isRequestWhole);
    return body.toString(StandardCharsets.ISO_8859_1);
  }

  /** Waits for so much of the body. */
  public void awaitBytes(int bytes) throws IOException {
    await(() -> body.size() >= bytes);
  }

  public boolean isRequestWhole() {
    return isRequestWhole;
  }

  /** What has come of the request's body. */
  public int bodyBytes() {
    return body.size();
  }

  /** With what the gateway resets it. */
  public Http2Error awaitReset() throws IOException {
    peer.awaitThat(() -> reset != null || peer.isClosed());
    Http2Error error = reset;
    if (error == null) {
      throw new IOException("closed");
    }
    return error;
  }

  public boolean isReset() {
    return reset != null;
  }

  /** More of its window, for the request's body. */
  public ServedStream window(int bytes) throws IOException {
    peer.window(id, bytes);
    return this;
  }

  // ---- the answer

  /** A 1xx. */
  public ServedStream interim(int status, String... fields) throws IOException {
    peer.head(id, 0, withStatus(status, fields));
    return this;
  }

  /**
   * @param fields names and values, in turn
   */
  public ServedStream head(int status, String... fields) throws IOException {
    peer.head(id, 0, withStatus(status, fields));
    return this;
  }

  /** An answer without a body, whatever its fields say. */
  public void headOnly(int status, String... fields) throws IOException {
    peer.head(id, RawFrame.END_STREAM, withStatus(status, fields));
  }

  /** Fields without a status, as they are. */
  public ServedStream fields(boolean isLast, String... fields) throws IOException {
    peer.head(id, isLast ? RawFrame.END_STREAM : 0, fields);
    return this;
  }

  private static String[] withStatus(int status, String... fields) {
    List<String> all = new ArrayList<>(List.of(":status", Integer.toString(status)));
    all.addAll(List.of(fields));
    return all.toArray(String[]::new);
  }

  /** As Latin-1. */
  public ServedStream data(String text) throws IOException {
    return data(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A piece of the body, as the gateway's windows let it go. */
  public ServedStream data(byte[] bytes) throws IOException {
    int at = 0;
    while (at < bytes.length) {
      int size = takeWindow(bytes.length - at);
      byte[] part = Arrays.copyOfRange(bytes, at, at + size);
      peer.frame(RawFrame.DATA, 0, id, part);
      at += size;
    }
    return this;
  }

  private int takeWindow(int wanted) throws IOException {
    peer.lock.lock();
    try {
      await(() -> windowBytes > 0 && peer.windowBytes() > 0, READER_SECONDS);
      int size = (int) Math.min(Math.min(windowBytes, peer.windowBytes()), wanted);
      size = Math.min(size, FRAME_BYTES_MAX);
      windowBytes -= size;
      peer.takeWindow(size);
      return size;
    } finally {
      peer.lock.unlock();
    }
  }

  /**
   * Sends as much of the same byte as the windows let go at once, and waits for nothing.
   *
   * @return how much that was
   */
  public int dataWithinWindow(byte octet, int bytesMax) throws IOException {
    int sent = 0;
    while (sent < bytesMax && windowBytes > 0 && peer.windowBytes() > 0) {
      byte[] part = new byte[takeWindow(bytesMax - sent)];
      Arrays.fill(part, octet);
      peer.frame(RawFrame.DATA, 0, id, part);
      sent += part.length;
    }
    return sent;
  }

  /** What the gateway lets it send at this moment, of this answer alone. */
  public long windowBytes() {
    return windowBytes;
  }

  /** Waits for the gateway to have given back so much. */
  public void awaitWindow(long bytes) throws IOException {
    await(() -> windowBytes >= bytes);
  }

  /** Ends the answer. */
  public void end() throws IOException {
    peer.frame(RawFrame.DATA, RawFrame.END_STREAM, id, new byte[0]);
  }

  /** Ends the answer with these. */
  public void trailers(String... fields) throws IOException {
    peer.head(id, RawFrame.END_STREAM, fields);
  }

  public ServedStream reset(Http2Error error) throws IOException {
    peer.frame(
        RawFrame.RST_STREAM, 0, id, ByteBuffer.allocate(4).putInt((int) error.code()).array());
    return this;
  }

  /** A whole answer, once the request is whole. */
  public void answer(int status, String text) throws IOException {
    awaitBody();
    head(status).data(text).end();
  }

  // ---- what the gateway does; under the lock

  void onBody(byte[] piece) {
    body.writeBytes(piece);
  }

  void onRequestEnd() {
    isRequestWhole = true;
  }

  void onReset(@Nullable Http2Error error) {
    reset = error;
  }

  void onWindow(int more) {
    windowBytes += more;
  }

  private void await(BooleanSupplier condition) throws IOException {
    await(condition, StreamPeer.PATIENCE_SECONDS);
  }

  private void await(BooleanSupplier condition, int seconds) throws IOException {
    peer.awaitThat(() -> condition.getAsBoolean() || peer.isClosed() || reset != null, seconds);
    if (!condition.getAsBoolean()) {
      throw new IOException(reset == null ? "closed" : "reset with " + reset);
    }
  }
}
