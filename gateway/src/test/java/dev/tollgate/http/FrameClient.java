package dev.tollgate.http;

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
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends the HTTP/2 frames it is told to, right or wrong, and keeps what it is
 * answered. It gives back the windows only when told, acknowledges settings and pings, and waits
 * for nothing longer than 20 seconds.
 */
final class FrameClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, 1 << 20);
  private final Map<Integer, StreamAnswer> answers = new HashMap<>();
  final Map<Integer, Long> settings = new HashMap<>();
  final List<GoAway> goAways = new ArrayList<>();
  private boolean acknowledges = true;
  private boolean closed;

  /** What has come on one stream. */
  static final class StreamAnswer {
    final List<Http2Headers> interims = new ArrayList<>();
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    @Nullable Http2Headers head;
    @Nullable Http2Headers trailers;
    @Nullable Http2Error reset;
    boolean ended;
    int windowUpdates;

    int status() {
      return head == null ? -1 : Integer.parseInt(head.status().toString());
    }

    @Nullable String header(String name) {
      CharSequence value = head == null ? null : head.get(name);
      return value == null ? null : value.toString();
    }

    String body() {
      return bytes.toString(StandardCharsets.ISO_8859_1);
    }
  }

  record GoAway(int lastStream, Http2Error error, String why) {}

  private FrameClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** Over a connection that is there, with nothing said on it. */
  static FrameClient over(Socket socket) throws IOException {
    return new FrameClient(socket);
  }

  /** Connects, and says nothing. */
  static FrameClient silent(int port) throws IOException {
    return silent(port, 0);
  }

  static FrameClient silent(int port, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
    return new FrameClient(socket);
  }

  /** Connects, and says hello without any settings. */
  static FrameClient connect(int port) throws IOException {
    return silent(port).preface();
  }

  // ---- sending

  FrameClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  FrameClient preface(int... settings) throws IOException {
    return send(RawFrame.preface()).settings(settings);
  }

  /**
   * @param pairs of identifiers and values
   */
  FrameClient settings(int... pairs) throws IOException {
    return send(RawFrame.settings(pairs).bytes());
  }

  FrameClient frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return send(new RawFrame(type, flags, stream, payload).bytes());
  }

  /**
   * A head in one frame.
   *
   * @param fields names and values in turn, as they are to go
   */
  FrameClient head(int stream, boolean last, String... fields) throws IOException {
    return frame(
        RawFrame.HEADERS,
        RawFrame.END_HEADERS | (last ? RawFrame.END_STREAM : 0),
        stream,
        block(fields));
  }

  byte[] block(String... fields) throws IOException {
    Http2Headers headers = new Unordered();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i], fields[i + 1]);
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(3, headers, block);
    } catch (Http2Exception unencodable) {
      throw new IOException(unencodable);
    }
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes).release();
    return bytes;
  }

  /** Netty's own puts pseudo-header fields first. */
  private static final class Unordered extends DefaultHttp2Headers {
    private final List<Map.Entry<CharSequence, CharSequence>> entries = new ArrayList<>();

    Unordered() {
      super(false);
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      entries.add(Map.entry(name, value));
      return this;
    }

    @Override
    public java.util.Iterator<Map.Entry<CharSequence, CharSequence>> iterator() {
      return entries.iterator();
    }
  }

  FrameClient get(int stream, String path, String... fields) throws IOException {
    return head(stream, true, request("GET", path, fields));
  }

  /** Its body is still to come. */
  FrameClient post(int stream, String path, String... fields) throws IOException {
    return head(stream, false, request("POST", path, fields));
  }

  static String[] request(String method, String path, String... fields) {
    List<String> all =
        new ArrayList<>(
            List.of(
                ":method", method, ":scheme", "http", ":authority", "a.example", ":path", path));
    all.addAll(List.of(fields));
    return all.toArray(String[]::new);
  }

  FrameClient data(int stream, String text, boolean last) throws IOException {
    return frame(
        RawFrame.DATA,
        last ? RawFrame.END_STREAM : 0,
        stream,
        text.getBytes(StandardCharsets.ISO_8859_1));
  }

  FrameClient reset(int stream, Http2Error error) throws IOException {
    return frame(RawFrame.RST_STREAM, 0, stream, RawFrame.word((int) error.code()));
  }

  /**
   * @param stream 0 for the connection's
   */
  FrameClient window(int stream, int bytes) throws IOException {
    return send(RawFrame.window(stream, bytes).bytes());
  }

  FrameClient ping() throws IOException {
    return frame(RawFrame.PING, 0, 0, new byte[8]);
  }

  FrameClient acknowledgingNothing() {
    acknowledges = false;
    return this;
  }

  // ---- reading

  /** What has come on a stream so far. */
  StreamAnswer soFar(int stream) {
    return answers.computeIfAbsent(stream, id -> new StreamAnswer());
  }

  /** What comes on a stream until its end, or until it is reset. */
  StreamAnswer answer(int stream) throws IOException {
    StreamAnswer answer = soFar(stream);
    return readUntil(() -> answer.ended || answer.reset != null, answer);
  }

  /** The whole answer, of which the server has been given all windows that it needs. */
  StreamAnswer wholeAnswer(int stream) throws IOException {
    StreamAnswer answer = soFar(stream);
    int given = 0;
    while (!answer.ended && answer.reset == null) {
      read();
      int more = answer.bytes.size() - given;
      if (more > 16_000) {
        given += more;
        window(stream, more).window(0, more);
      }
    }
    return answer;
  }

  StreamAnswer until(int stream, BooleanSupplier enough) throws IOException {
    return readUntil(enough, soFar(stream));
  }

  private StreamAnswer readUntil(BooleanSupplier enough, StreamAnswer answer) throws IOException {
    while (!enough.getAsBoolean()) {
      read();
    }
    return answer;
  }

  /** The next RawFrame.GOAWAY that there is. */
  GoAway goAway() throws IOException {
    int before = goAways.size();
    while (goAways.size() == before) {
      read();
    }
    return goAways.getLast();
  }

  /** Everything until the server closes, in order or not. */
  FrameClient readToEnd() throws IOException {
    try {
      while (!closed) {
        read();
      }
    } catch (EOFException end) {
      closed = true;
    } catch (java.net.SocketTimeoutException open) {
      throw open;
    } catch (IOException reset) {
      closed = true;
    }
    return this;
  }

  /** Takes in one frame. */
  void read() throws IOException {
    RawFrame frame = RawFrame.read(in);
    int stream = frame.stream();
    byte[] payload = frame.payload();
    ByteBuffer at = frame.words();
    switch (frame.type()) {
      case RawFrame.HEADERS -> takeHead(soFar(stream), frame);
      case RawFrame.DATA -> {
        soFar(stream).bytes.write(payload);
        soFar(stream).ended |= frame.has(RawFrame.END_STREAM);
      }
      case RawFrame.RST_STREAM -> soFar(stream).reset = Http2Error.valueOf(at.getInt());
      case RawFrame.GOAWAY -> {
        int last = at.getInt();
        Http2Error error = Http2Error.valueOf(at.getInt());
        String why = new String(payload, 8, payload.length - 8, StandardCharsets.UTF_8);
        goAways.add(new GoAway(last, error, why));
      }
      case RawFrame.SETTINGS -> takeSettings(frame);
      case RawFrame.PING -> {
        if (!frame.has(RawFrame.ACK) && acknowledges) {
          frame(RawFrame.PING, RawFrame.ACK, 0, payload);
        }
      }
      case RawFrame.WINDOW_UPDATE -> soFar(stream).windowUpdates++;
      default -> throw new IOException("unexpected frame of type " + frame.type());
    }
  }

  private void takeHead(StreamAnswer answer, RawFrame frame) throws IOException {
    if (!frame.has(RawFrame.END_HEADERS)) {
      throw new IOException("a head in several frames");
    }
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(3, Unpooled.wrappedBuffer(frame.payload()));
    } catch (Http2Exception bad) {
      throw new IOException(bad);
    }
    if (answer.head != null) {
      answer.trailers = headers;
    } else if (headers.status().charAt(0) == '1') {
      answer.interims.add(headers);
    } else {
      answer.head = headers;
    }
    answer.ended |= frame.has(RawFrame.END_STREAM);
  }

  private void takeSettings(RawFrame frame) throws IOException {
    if (frame.has(RawFrame.ACK)) {
      return;
    }
    ByteBuffer pairs = frame.words();
    while (pairs.hasRemaining()) {
      settings.put((int) pairs.getShort(), pairs.getInt() & 0xffffffffL);
    }
    if (acknowledges) {
      frame(RawFrame.SETTINGS, RawFrame.ACK, 0, new byte[0]);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  void closeOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection without a word. */
  void hangUp() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }
}
