package dev.tollgate.app;

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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FIRST_WINDOW_BYTES = 65_535;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

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
    socket.getOutputStream().write(PREFACE);
    frame(4, 0, 0, new byte[0]);
    window(0, Integer.MAX_VALUE - FIRST_WINDOW_BYTES);
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
    frame(1, END_HEADERS, stream, bytes);
    frame(0, END_STREAM, stream, body);
  }

  final void window(int stream, int bytes) throws IOException {
    frame(8, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    byte[] frame =
        ByteBuffer.allocate(9 + payload.length)
            .put((byte) (payload.length >> 16))
            .putShort((short) payload.length)
            .put((byte) type)
            .put((byte) flags)
            .putInt(stream)
            .put(payload)
            .array();
    writing.lock();
    try {
      socket.getOutputStream().write(frame);
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
    byte[] header = in.readNBytes(9);
    if (header.length < 9) {
      throw new IOException("the gateway has closed");
    }
    ByteBuffer at = ByteBuffer.wrap(header);
    int length = (at.get() & 0xff) << 16 | (at.getShort() & 0xffff);
    int type = at.get();
    int flags = at.get();
    int stream = at.getInt();
    byte[] payload = in.readNBytes(length);
    switch (type) {
      case 0 -> onData(stream, payload, (flags & END_STREAM) != 0);
      case 1 -> onHead(stream, payload, (flags & END_STREAM) != 0);
      case 3 -> end(stream, "reset: " + Http2Error.valueOf(ByteBuffer.wrap(payload).getInt()));
      case 4 -> {
        if ((flags & ACK) == 0) {
          frame(4, ACK, 0, new byte[0]);
        }
      }
      case 6 -> {
        if ((flags & ACK) == 0) {
          frame(6, ACK, 0, payload);
        }
      }
      case 7 -> throw new IOException("goodbye");
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
