package dev.tollgate.app;

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
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A client's connection with HTTP/2 in the clear, on which every stream gets its window back when
 * its reader says so. The window of the connection never is in the way.
 */
class PacedStreams {
  /** What comes on one stream; called by the thread that reads the connection. */
  interface Listener {
    void onStatus(String status);

    void onData(byte[] data, boolean isLast) throws IOException;

    /**
     * @param why empty for a good end without more data
     */
    void onEnd(String why);
  }

  private final Socket socket;
  private final InputStream in;
  private final ReentrantLock writing = new ReentrantLock();
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final Map<Integer, Listener> listeners = new ConcurrentHashMap<>();
  private long owedBytes;

  PacedStreams(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    socket.getOutputStream().write(RawFrame.preface());
    send(RawFrame.settings());
    window(0, Integer.MAX_VALUE - RawFrame.FIRST_WINDOW_BYTES);
  }

  /** Reads from now on, on a thread of its own. */
  final void start() {
    Thread.ofVirtual().start(this::read);
  }

  final void add(int stream, Listener listener) {
    listeners.put(stream, listener);
  }

  final void request(int stream, String path, String key, byte[] body) throws IOException {
    Http2Headers head =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme("http")
            .authority("a.example")
            .path(path)
            .add("authorization", "Bearer " + key)
            .add("content-type", "application/json");
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(stream, head, block);
    } catch (Http2Exception unencodable) {
      throw new IOException(unencodable);
    }
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes).release();
    send(new RawFrame(RawFrame.HEADERS, RawFrame.END_HEADERS, stream, bytes));
    send(new RawFrame(RawFrame.DATA, RawFrame.END_STREAM, stream, body));
  }

  final void window(int stream, int bytes) throws IOException {
    send(RawFrame.window(stream, bytes));
  }

  private void send(RawFrame frame) throws IOException {
    writing.lock();
    try {
      socket.getOutputStream().write(frame.bytes());
    } finally {
      writing.unlock();
    }
  }

  private void read() {
    String why = "closed";
    try {
      while (!listeners.isEmpty()) {
        readFrame();
      }
    } catch (IOException | Http2Exception broken) {
      why = broken.toString();
    }
    for (Listener listener : listeners.values()) {
      listener.onEnd(why);
    }
  }

  private void readFrame() throws IOException, Http2Exception {
    RawFrame frame = RawFrame.read(in);
    int stream = frame.stream();
    switch (frame.type()) {
      case RawFrame.DATA -> onData(stream, frame.payload(), frame.has(RawFrame.END_STREAM));
      case RawFrame.HEADERS -> onHead(stream, frame.payload(), frame.has(RawFrame.END_STREAM));
      case RawFrame.RST_STREAM ->
          end(stream, "reset: " + Http2Error.valueOf(frame.words().getInt()));
      case RawFrame.SETTINGS, RawFrame.PING -> {
        if (!frame.has(RawFrame.ACK)) {
          byte[] said = frame.type() == RawFrame.PING ? frame.payload() : new byte[0];
          send(new RawFrame(frame.type(), RawFrame.ACK, 0, said));
        }
      }
      case RawFrame.GOAWAY -> throw new IOException("goodbye");
      default -> {}
    }
  }

  private void onData(int stream, byte[] payload, boolean isLast) throws IOException {
    owedBytes += payload.length;
    if (owedBytes > 1 << 20) {
      window(0, (int) owedBytes);
      owedBytes = 0;
    }
    Listener listener = isLast ? listeners.remove(stream) : listeners.get(stream);
    if (listener != null) {
      listener.onData(payload, isLast);
    }
  }

  private void onHead(int stream, byte[] block, boolean isLast) throws Http2Exception {
    Http2Headers head = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
    Listener listener = listeners.get(stream);
    if (listener != null && head.status() != null) {
      listener.onStatus(head.status().toString());
    }
    if (isLast) {
      end(stream, "");
    }
  }

  private void end(int stream, String why) {
    Listener listener = listeners.remove(stream);
    if (listener != null) {
      listener.onEnd(why);
    }
  }
}
