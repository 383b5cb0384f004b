package dev.tollgate.testing;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A client that does what it is told: sends any bytes, reads as much and as slowly as the test
 * wants, hangs up when and how it wants. One connection; for one thread, but for {@link #close} and
 * {@link #reset}. Nothing waits longer than its read timeout.
 */
public final class RawClient implements Closeable {
  /** Sees every answer whose request it could tell. */
  @FunctionalInterface
  public interface Onlooker {
    /**
     * @param target as sent
     * @param body unchunked; null where it is read piece by piece, or did not come whole
     */
    void onAnswer(String method, String target, MessageHead head, byte @Nullable [] body);
  }

  private record Asked(String method, String target) {}

  private static final Pattern REQUEST_LINE = Pattern.compile("([A-Z]+) (\\S+) HTTP/1\\.[01]\r\n");
  private static final int READ_MILLIS_MAX = 30_000;
  private static final int RAW_BYTES_MAX = 64 << 20;

  private final Socket plain;
  private final Socket socket;
  private final OutputStream out;
  private final WireInput input;
  private final String authority;
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private Onlooker onlooker = (method, target, head, body) -> {};
  private @Nullable MessageBody body;
  private boolean isHeadRequest;

  private RawClient(Socket plain, Socket socket, String authority) throws IOException {
    this.plain = plain;
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.input = new WireInput(socket.getInputStream(), RAW_BYTES_MAX);
    this.authority = authority;
  }

  /** Connects in the clear. */
  public static RawClient connect(URI server) throws IOException {
    return connect(server, 0);
  }

  /**
   * @param receiveBufferBytes of the kernel, to be a slow reader with; 0 for its default
   */
  public static RawClient connect(URI server, int receiveBufferBytes) throws IOException {
    Socket socket = open(server, receiveBufferBytes);
    return new RawClient(socket, socket, server.getAuthority());
  }

  /** Connects with TLS, and shakes hands. */
  public static RawClient connectTls(URI server, SSLContext trusting) throws IOException {
    Socket plain = open(server, 0);
    Socket tls =
        trusting
            .getSocketFactory()
            .createSocket(plain, server.getHost(), server.getPort(), /* autoClose= */ true);
    return new RawClient(plain, tls, server.getAuthority());
  }

  private static Socket open(URI server, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_MILLIS_MAX);
    // Every server of these tests listens on the loopback address.
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
    return socket;
  }

  /** Shows every answer from here on to somebody, who may throw what the reader is to meet. */
  public RawClient seenBy(Onlooker other) {
    onlooker = other;
    return this;
  }

  /** Waits for so long where it would have given up, on a machine that has much to do. */
  public RawClient waitingAtMost(int seconds) throws IOException {
    plain.setSoTimeout(seconds * 1_000);
    return this;
  }

  /** Sends these characters, as ISO 8859-1, as they are. */
  public RawClient send(String text) throws IOException {
    Matcher requestLine = REQUEST_LINE.matcher(text);
    if (requestLine.lookingAt()) {
      asked.add(new Asked(requestLine.group(1), requestLine.group(2)));
    }
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /**
   * Sends a request head with a {@code Host}; the caller adds the framing where there is a body.
   *
   * @param fields names and values in turn
   */
  public RawClient request(String method, String target, String... fields) throws IOException {
    isHeadRequest = method.equals("HEAD");
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nhost: ").append(authority);
    for (int i = 0; i < fields.length; i += 2) {
      head.append("\r\n").append(fields[i]).append(": ").append(fields[i + 1]);
    }
    return send(head.append("\r\n\r\n").toString());
  }

  /** Sends a JSON body with its length. */
  public RawClient post(String target, String json, String... fields) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    List<String> all = new ArrayList<>(List.of(fields));
    all.addAll(List.of("content-type", "application/json"));
    all.addAll(List.of("content-length", Integer.toString(bytes.length)));
    return request("POST", target, all.toArray(String[]::new)).send(bytes);
  }

  /**
   * The next head, 1xx ones included. What is left of the previous answer must have been read.
   *
   * @throws EOFException when the server has closed instead
   */
  public MessageHead readHead() throws IOException {
    MessageHead head = nextHead();
    show(head, null);
    return head;
  }

  private MessageHead nextHead() throws IOException {
    MessageHead head;
    try {
      head = input.head();
    } catch (SocketTimeoutException silence) {
      throw new SocketTimeoutException("no answer to " + asked.peek());
    }
    if (head == null) {
      throw new EOFException("the server closed the connection without an answer");
    }
    body = MessageBody.ofAnswer(head, input, isHeadRequest);
    return head;
  }

  /** The next piece of the body, unchunked, at most so many bytes; empty at its end. */
  public byte[] readBody(int bytesMax) {
    return body().next(bytesMax);
  }

  /** The body of the head that was read last. */
  public MessageBody body() {
    if (body == null) {
      throw new IllegalStateException("no head has been read");
    }
    return body;
  }

  /** Reads a whole answer, or what comes of it. */
  public RawAnswer readAnswer() throws IOException {
    List<MessageHead> interims = new ArrayList<>();
    MessageHead head = nextHead();
    while (isInterim(head)) {
      interims.add(head);
      head = nextHead();
    }
    byte[] bytes = body().rest();
    show(head, body().end() == MessageBody.End.WHOLE ? bytes : null);
    return new RawAnswer(interims, head, bytes, body().trailers(), body().end());
  }

  /** 101 is the last word of HTTP. */
  private static boolean isInterim(MessageHead head) {
    return head.status() / 100 == 1 && head.status() != 101;
  }

  /** What comes after a head of 101, byte by byte. */
  public WireInput input() {
    return input;
  }

  private void show(MessageHead head, byte @Nullable [] bytes) {
    Asked request = isInterim(head) ? null : asked.poll();
    if (request != null) {
      onlooker.onAnswer(request.method(), request.target(), head, bytes);
    }
  }

  /** Whether the server closes, or resets, without another byte. */
  public boolean awaitClosed() {
    try {
      return input.read() < 0;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** Every byte that has come, framing and heads included. */
  public byte[] raw() {
    return input.raw();
  }

  /** Tells the server that nothing more will be sent (FIN), and goes on reading. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Hangs up with a reset (RST). */
  public void reset() throws IOException {
    plain.setSoLinger(true, 0);
    plain.close();
  }

  /** Closes: a FIN, unless answer bytes have come that were not read, for then a kernel resets. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
