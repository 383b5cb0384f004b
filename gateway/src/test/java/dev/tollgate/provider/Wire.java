package dev.tollgate.provider;

import dev.tollgate.testing.MessageBody;
import dev.tollgate.testing.WireInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * One exchange on a connection, as the steps of a script see it: they write through it, and it
 * notes what was written. Confined to the connection's thread.
 */
final class Wire {
  private static final int RECORDED_BYTES_MAX = 8 << 20;

  private enum Framing {
    NONE,
    SIZED,
    CHUNKED,
    UNTIL_CLOSE
  }

  final int number;
  private final Socket plain;
  private final OutputStream out;
  private final WireInput input;
  private final MessageBody requestBody;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final ByteArrayOutputStream sentBody = new ByteArrayOutputStream();
  private ReceivedRequest request;
  private Answer answer = Answer.error(0, "");
  private Framing framing = Framing.NONE;

  /** With {@link Framing#SIZED}, what the head claims. */
  private long claimedBytes;

  private long bodyBytes;
  private long answerBytes;
  private long sentBytes;
  private int pieceBytesMax = Integer.MAX_VALUE;
  private long pieceMillis;
  private boolean isWhole;
  private boolean isClosed;

  Wire(int number, Socket plain, OutputStream out, WireInput input, ReceivedRequest request) {
    this.number = number;
    this.plain = plain;
    this.out = out;
    this.input = input;
    this.request = request;
    this.requestBody = MessageBody.ofRequest(request.head(), input);
  }

  /** Reads what is left of the request's body. */
  ReceivedRequest readBody() throws IOException, InterruptedException {
    if (requestBody.end() == MessageBody.End.NOT_YET) {
      if (request.head().field("expect") != null && sentBytes == 0) {
        write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      byte[] body = requestBody.rest();
      request =
          new ReceivedRequest(
              request.connection(), request.head(), join(request.head().raw(), body), body);
      if (requestBody.end() != MessageBody.End.WHOLE) {
        throw new IOException("the request's body is " + requestBody.end());
      }
    }
    return request;
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  void answerWith(Answer answer) {
    this.answer = answer;
  }

  Answer answer() {
    return answer;
  }

  long answerBytes() {
    return answerBytes;
  }

  /** From here on every write is cut into pieces of that many bytes, each flushed by itself. */
  void cutEvery(int bytes, long pauseMillis) {
    pieceBytesMax = bytes;
    pieceMillis = pauseMillis;
  }

  void sized(long claimedBytes) {
    framing = Framing.SIZED;
    this.claimedBytes = claimedBytes;
  }

  void chunked() {
    framing = Framing.CHUNKED;
  }

  void untilClose() {
    framing = Framing.UNTIL_CLOSE;
  }

  /** Writes bytes that are no body: heads, framing, garbage. */
  void write(byte[] bytes) throws IOException, InterruptedException {
    for (int from = 0; from < bytes.length; ) {
      int count = Math.min(pieceBytesMax, bytes.length - from);
      out.write(bytes, from, count);
      out.flush();
      sent.write(bytes, from, Math.min(count, RECORDED_BYTES_MAX - sent.size()));
      sentBytes += count;
      from += count;
      if (pieceMillis > 0) {
        Thread.sleep(pieceMillis);
      }
    }
  }

  void write(String text) throws IOException, InterruptedException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes body bytes in the framing at hand; in a chunked body they are one chunk. */
  void writeBody(byte[] bytes) throws IOException, InterruptedException {
    if (bytes.length == 0) {
      return;
    }
    if (framing == Framing.CHUNKED) {
      write(Integer.toHexString(bytes.length) + "\r\n");
    }
    write(bytes);
    if (framing == Framing.CHUNKED) {
      write("\r\n");
    }
    bodyBytes += bytes.length;
    sentBody.write(bytes, 0, Math.min(bytes.length, RECORDED_BYTES_MAX - sentBody.size()));
  }

  /** Writes the answer's next bytes, up to that offset in its body. */
  void writeAnswer(byte[] body, int to) throws IOException, InterruptedException {
    int from = (int) answerBytes;
    if (to > from) {
      writeBody(Arrays.copyOfRange(body, from, to));
      answerBytes = to;
    }
  }

  /**
   * @param trailers complete lines
   */
  void endBody(String trailers) throws IOException, InterruptedException {
    if (framing == Framing.CHUNKED) {
      write("0\r\n" + trailers + "\r\n");
    }
    boolean isGoodFraming = framing != Framing.SIZED || claimedBytes == bodyBytes;
    isWhole = isGoodFraming && answerBytes == answer.length();
    if (framing == Framing.UNTIL_CLOSE) {
      close();
    }
  }

  /** Agrees to the WebSocket that the request asks for; the connection ends with it. */
  ProviderSocket openSocket() throws IOException, InterruptedException {
    String key = request.head().field("sec-websocket-key");
    String protocol = request.head().field("sec-websocket-protocol");
    write(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            + "x-request-id: req_of_the_provider\r\nsec-websocket-accept: "
            + acceptOf(key)
            + (protocol == null ? "" : "\r\nsec-websocket-protocol: " + protocol.split(",", 2)[0])
            + "\r\n\r\n");
    isClosed = true;
    return new ProviderSocket(this, input, request);
  }

  private static String acceptOf(@Nullable String key) {
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Waits until the other side has closed or reset the connection. */
  void awaitPeerGone() {
    try {
      while (input.read() >= 0) {
        // What it still sends is of no interest.
      }
    } catch (IOException reset) {
      // Gone, too.
    }
    isClosed = true;
  }

  void close() throws IOException {
    isClosed = true;
    out.close();
    plain.close();
  }

  void reset() throws IOException {
    isClosed = true;
    plain.setSoLinger(true, 0);
    plain.close();
  }

  boolean isClosed() {
    return isClosed || plain.isClosed();
  }

  Served served(@Nullable String failure) {
    return new Served(
        number,
        request,
        request.head().field("x-request-id"),
        request.path(),
        request.model(),
        answer.usage(),
        answer.isStreamed(),
        isWhole && failure == null,
        answerBytes,
        answer.outputTokensWithin(answerBytes),
        answer.carriesUsageWithin(answerBytes),
        sentBytes,
        sent.toByteArray(),
        sentBody.toByteArray(),
        failure);
  }
}
