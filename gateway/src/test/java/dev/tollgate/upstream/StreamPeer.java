package dev.tollgate.upstream;

import dev.tollgate.testing.RawFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A scripted provider's end of one connection: reads what the gateway sends, and sends the frames
 * it is told to, right or wrong. It acknowledges settings and pings by itself.
 */
public final class StreamPeer {
  static final int PATIENCE_SECONDS = 20;

  private final ScriptedStreams server;
  private final Socket wire;
  private final Socket socket;
  private final InputStream in;
  private final int number;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, 1 << 20);
  private final ReentrantLock writing = new ReentrantLock();
  private final Map<Integer, ServedStream> streams = new ConcurrentHashMap<>();

  /** Guards all that follows, and what streams wait for. */
  final ReentrantLock lock = new ReentrantLock();

  final Condition changed = lock.newCondition();
  private long windowBytes = RawFrame.FIRST_WINDOW_BYTES;
  private long streamWindowBytes = RawFrame.FIRST_WINDOW_BYTES;
  private int begun;
  private int pings;
  private int pingAnswers;
  private boolean answersPings = true;
  private boolean isClosed;
  private @Nullable Http2Error goodbye;

  StreamPeer(ScriptedStreams server, Socket wire, Socket socket, int number) throws IOException {
    this.server = server;
    this.wire = wire;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.number = number;
  }

  /** Which connection of its server it is, from 0. */
  public int number() {
    return number;
  }

  // ---- sending

  /** Any frame, whether it may be sent or not. */
  public StreamPeer frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return bytes(new RawFrame(type, flags, stream, payload).bytes());
  }

  /** What is no frame, perhaps. */
  public StreamPeer bytes(byte[] bytes) throws IOException {
    writing.lock();
    try {
      socket.getOutputStream().write(bytes);
    } finally {
      writing.unlock();
    }
    return this;
  }

  /**
   * @param pairs identifiers and values, in turn
   */
  public StreamPeer settings(int... pairs) throws IOException {
    return bytes(RawFrame.settings(pairs).bytes());
  }

  public StreamPeer goAway(int lastStream, Http2Error error) throws IOException {
    return frame(
        RawFrame.GOAWAY,
        0,
        0,
        ByteBuffer.allocate(8).putInt(lastStream).putInt((int) error.code()).array());
  }

  public StreamPeer ping() throws IOException {
    return frame(RawFrame.PING, 0, 0, new byte[8]);
  }

  /** More of the connection's window for requests. */
  public StreamPeer window(int bytes) throws IOException {
    return window(0, bytes);
  }

  StreamPeer window(int stream, int bytes) throws IOException {
    return bytes(RawFrame.window(stream, bytes).bytes());
  }

  /**
   * Fields in one frame, or several where they are long. The order in which heads are encoded is
   * that in which they are sent.
   */
  void head(int stream, int flags, String... fields) throws IOException {
    Http2Headers headers = new DefaultHttp2Headers(false);
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    writing.lock();
    try {
      ByteBuf block = Unpooled.buffer();
      encoder.encodeHeaders(stream, headers, block);
      byte[] bytes = new byte[block.readableBytes()];
      block.readBytes(bytes).release();
      int at = 0;
      do {
        int size = Math.min(16_384, bytes.length - at);
        byte[] part = Arrays.copyOfRange(bytes, at, at + size);
        boolean isLast = at + size == bytes.length;
        frame(
            at == 0 ? RawFrame.HEADERS : RawFrame.CONTINUATION,
            (at == 0 ? flags : 0) | (isLast ? RawFrame.END_HEADERS : 0),
            stream,
            part);
        at += size;
      } while (at < bytes.length);
    } catch (Http2Exception unencodable) {
      throw new IOException(unencodable);
    } finally {
      writing.unlock();
    }
  }

  /** From now on pings of the gateway go unanswered. */
  public StreamPeer answeringNoPings() {
    answersPings = false;
    return this;
  }

  /** Ends the connection as TCP does it in good order. */
  public void close() throws IOException {
    socket.close();
  }

  /** Ends the connection with a RST. */
  public void cut() throws IOException {
    wire.setSoLinger(true, 0);
    wire.close();
  }

  // ---- what the gateway has sent

  /** Waits for the gateway to close the connection. */
  public void awaitClosed() throws IOException {
    awaitThat(() -> isClosed);
  }

  /** Pings that the gateway has sent so far. */
  public int pings() {
    return pings;
  }

  public void awaitPing() throws IOException {
    awaitThat(() -> pings > 0);
  }

  /** Waits until so many pings of ours have been answered. */
  public void awaitPingAnswers(int answers) throws IOException {
    awaitThat(() -> pingAnswers >= answers);
  }

  /** With what the gateway has said goodbye; null if it has not. */
  public @Nullable Http2Error goodbye() {
    return goodbye;
  }

  boolean isClosed() {
    return isClosed;
  }

  /** What the gateway lets us send of all answers. */
  long windowBytes() {
    return windowBytes;
  }

  void takeWindow(int bytes) {
    windowBytes -= bytes;
  }

  /** Waits for what is told of under the lock. */
  void awaitThat(BooleanSupplier condition) throws IOException {
    awaitThat(condition, PATIENCE_SECONDS);
  }

  void awaitThat(BooleanSupplier condition, int seconds) throws IOException {
    lock.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(seconds);
      while (!condition.getAsBoolean()) {
        if (left <= 0) {
          throw new AssertionError("the gateway did not do in time what was waited for");
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      lock.unlock();
    }
  }

  // ---- reading

  void serve() throws IOException {
    try {
      List<Integer> first = server.manner().settings();
      if (first != null) {
        settings(first.stream().mapToInt(Integer::intValue).toArray());
      }
      byte[] expected = RawFrame.preface();
      byte[] preface = in.readNBytes(expected.length);
      if (preface.length > 0 && !Arrays.equals(preface, expected)) {
        throw new IOException("no preface: " + new String(preface, StandardCharsets.US_ASCII));
      }
      while (true) {
        read();
      }
    } finally {
      change(() -> isClosed = true);
    }
  }

  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void read() throws IOException {
    RawFrame frame = RawFrame.read(in);
    int stream = frame.stream();
    ByteBuffer words = frame.words();
    switch (frame.type()) {
      case RawFrame.HEADERS -> onHead(frame);
      case RawFrame.DATA -> onData(frame);
      case RawFrame.SETTINGS -> onSettings(frame);
      case RawFrame.PING -> onPing(frame);
      case RawFrame.RST_STREAM -> {
        Http2Error error = Http2Error.valueOf(words.getInt());
        change(() -> of(stream).onReset(error));
      }
      case RawFrame.WINDOW_UPDATE -> {
        int more = words.getInt();
        change(
            () -> {
              if (stream == 0) {
                windowBytes += more;
              } else {
                of(stream).onWindow(more);
              }
            });
      }
      case RawFrame.GOAWAY -> {
        words.getInt();
        Http2Error error = Http2Error.valueOf(words.getInt());
        change(() -> goodbye = error);
      }
      default -> throw new AssertionError("a frame of type " + frame.type());
    }
  }

  private ServedStream of(int stream) {
    ServedStream found = streams.get(stream);
    if (found == null) {
      throw new AssertionError("no stream " + stream);
    }
    return found;
  }

  private void onHead(RawFrame first) throws IOException {
    int id = first.stream();
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(first.payload());
    for (RawFrame last = first; !last.has(RawFrame.END_HEADERS); ) {
      last = RawFrame.read(in);
      block.writeBytes(last.payload());
    }
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(id, Unpooled.wrappedBuffer(block.toByteArray()));
    } catch (Http2Exception bad) {
      throw new AssertionError(bad);
    }
    ServedStream stream = begin(id, headers);
    if (first.has(RawFrame.END_STREAM)) {
      change(stream::onRequestEnd);
    }
    server.play(stream);
  }

  private ServedStream begin(int id, Http2Headers headers) {
    lock.lock();
    try {
      ServedStream stream = new ServedStream(this, id, begun++, headers, streamWindowBytes);
      streams.put(id, stream);
      return stream;
    } finally {
      lock.unlock();
    }
  }

  private void onData(RawFrame frame) throws IOException {
    ServedStream stream = of(frame.stream());
    boolean isLast = frame.has(RawFrame.END_STREAM);
    byte[] payload = frame.payload();
    change(
        () -> {
          stream.onBody(payload);
          if (isLast) {
            stream.onRequestEnd();
          }
        });
    if (server.manner().givesWindows() && payload.length > 0) {
      window(0, payload.length);
      if (!isLast) {
        window(frame.stream(), payload.length);
      }
    }
  }

  private void onSettings(RawFrame frame) throws IOException {
    if (frame.has(RawFrame.ACK)) {
      return;
    }
    ByteBuffer pairs = frame.words();
    while (pairs.hasRemaining()) {
      int name = pairs.getShort();
      int value = pairs.getInt();
      if (name == RawFrame.INITIAL_WINDOW_SIZE) {
        change(() -> streamWindowBytes = value);
      }
    }
    if (server.manner().settings() != null) {
      frame(RawFrame.SETTINGS, RawFrame.ACK, 0, new byte[0]);
    }
  }

  private void onPing(RawFrame frame) throws IOException {
    if (frame.has(RawFrame.ACK)) {
      change(() -> pingAnswers++);
      return;
    }
    change(() -> pings++);
    if (answersPings) {
      frame(RawFrame.PING, RawFrame.ACK, 0, frame.payload());
    }
  }
}
