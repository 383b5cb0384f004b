package dev.tollgate.app;

import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.SocketFrames;
import dev.tollgate.testing.SocketFrames.Frame;
import dev.tollgate.testing.WireInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client of the Realtime API that rules over every frame; for one thread. */
final class RealtimeClient implements AutoCloseable {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private final RawClient raw;
  private final WireInput in;
  private final MessageHead head;
  private @Nullable Frame closed;

  private RealtimeClient(RawClient raw, MessageHead head) {
    this.raw = raw;
    this.in = raw.input();
    this.head = head;
  }

  static RealtimeClient open(GatewayForTests gateway, String key, String model) throws IOException {
    return open(gateway.connect(), model, "authorization", "Bearer " + key);
  }

  /**
   * @param fields of the head, beside those of the handshake, names and values in turn
   */
  static RealtimeClient open(RawClient raw, String model, String... fields) throws IOException {
    List<String> all = new ArrayList<>(List.of(fields));
    all.addAll(List.of("connection", "keep-alive, Upgrade", "upgrade", "WebSocket"));
    all.addAll(List.of("sec-websocket-version", "13", "sec-websocket-key", KEY));
    all.addAll(List.of("sec-websocket-extensions", "permessage-deflate"));
    MessageHead head =
        raw.request("GET", "/v1/realtime?model=" + model, all.toArray(String[]::new)).readHead();
    if (head.status() != 101 || !ACCEPT.equals(head.field("sec-websocket-accept"))) {
      raw.close();
      throw new IOException("no WebSocket: " + head);
    }
    return new RealtimeClient(raw, head);
  }

  MessageHead head() {
    return head;
  }

  RealtimeClient send(String text) throws IOException {
    return write(SocketFrames.TEXT, true, text.getBytes(StandardCharsets.UTF_8));
  }

  RealtimeClient sendFragments(String text, int bytesEach) throws IOException {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < all.length; from += bytesEach) {
      int to = Math.min(all.length, from + bytesEach);
      write(
          from == 0 ? SocketFrames.TEXT : SocketFrames.CONTINUATION,
          to == all.length,
          Arrays.copyOfRange(all, from, to));
    }
    return this;
  }

  RealtimeClient write(int opcode, boolean isFinal, byte[] payload) throws IOException {
    return raw(SocketFrames.frame(opcode, isFinal, true, payload));
  }

  RealtimeClient raw(byte[] bytes) throws IOException {
    raw.send(bytes);
    return this;
  }

  void close(int code, String reason) throws IOException {
    write(SocketFrames.CLOSE, true, SocketFrames.closing(code, reason));
  }

  /** The next frame; null at the end of the connection. */
  private @Nullable Frame frame() throws IOException {
    return SocketFrames.read(in);
  }

  /** The next frame, which there must be. */
  Frame nextFrame() throws IOException {
    return Objects.requireNonNull(frame());
  }

  /** The next message of text; null when the gateway has closed. */
  @Nullable String message() throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (Frame frame = frame(); frame != null; frame = frame()) {
      if (frame.isMasked()) {
        throw new IOException("a frame to a client is not masked");
      }
      if (frame.opcode() == SocketFrames.CLOSE) {
        closed = frame;
        return null;
      }
      if (frame.opcode() <= SocketFrames.TEXT) {
        message.writeBytes(frame.payload());
        if (frame.isFinal()) {
          return message.toString(StandardCharsets.UTF_8);
        }
      }
    }
    return null;
  }

  /** The next message of text, which there must be. */
  String next() throws IOException {
    String message = message();
    if (message == null) {
      throw new IOException("no message, but " + closing());
    }
    return message;
  }

  /** What the answer says in a field that it must have. */
  String headField(String name) {
    return Objects.requireNonNull(head.field(name));
  }

  /** The next message of that type. */
  String await(String type) throws IOException {
    for (String message = message(); message != null; message = message()) {
      if (message.contains("\"type\":\"" + type + "\"")) {
        return message;
      }
    }
    throw new IOException("no " + type + ", but " + closing());
  }

  /** Asks for a response, and reads it to its end. */
  String turn() throws IOException {
    send("{\"type\":\"response.create\"}");
    return await("response.done");
  }

  /** Reads to the close: its code and reason; {@code gone} without one. */
  String closing() throws IOException {
    for (String message = closed == null ? message() : null; message != null; ) {
      message = message();
    }
    Frame last = closed;
    return last == null ? "gone" : last.code() + " " + last.reason();
  }

  void reset() throws IOException {
    raw.reset();
  }

  @Override
  public void close() throws IOException {
    raw.close();
  }
}
