package dev.tollgate.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A client that sends the bytes it is told to, and reads answers as strictly as it can. */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  /** Header names in lower case; several values of one joined by a comma. */
  record Answer(int status, Map<String, String> headers, String body) {
    @Nullable String header(String name) {
      return headers.get(name);
    }
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new java.io.BufferedInputStream(socket.getInputStream());
  }

  static RawClient connect(int port) throws IOException {
    return connect(port, 0);
  }

  static RawClient connect(int port, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
    return new RawClient(socket);
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  InputStream in() {
    return in;
  }

  Answer readAnswer() throws IOException {
    return readAnswer("GET");
  }

  Answer readAnswer(String method) throws IOException {
    String[] statusLine = readLine().split(" ", 3);
    if (!statusLine[0].equals("HTTP/1.1")) {
      throw new IOException("not an answer: " + String.join(" ", statusLine));
    }
    int status = Integer.parseInt(statusLine[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
          line.substring(colon + 1).strip(),
          (one, other) -> one + "," + other);
    }
    boolean bodiless = status < 200 || status == 204 || status == 304 || method.equals("HEAD");
    return new Answer(status, headers, bodiless ? "" : readBody(headers));
  }

  private String readBody(Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    if (length != null) {
      return readExactly(Integer.parseInt(length));
    }
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      return readToEnd();
    }
    StringBuilder body = new StringBuilder();
    for (int size = readSize(); size > 0; size = readSize()) {
      body.append(readExactly(size));
      if (!readLine().isEmpty()) {
        throw new IOException("chunk does not end");
      }
    }
    for (String trailer = readLine(); !trailer.isEmpty(); trailer = readLine()) {
      body.append('\n').append(trailer);
    }
    return body.toString();
  }

  private int readSize() throws IOException {
    return Integer.parseInt(readLine(), 16);
  }

  String readExactly(int bytes) throws IOException {
    byte[] read = in.readNBytes(bytes);
    if (read.length < bytes) {
      throw new EOFException("after " + read.length + " of " + bytes + " bytes");
    }
    return new String(read, StandardCharsets.ISO_8859_1);
  }

  /** Up to an orderly end of the stream. */
  String readToEnd() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Whatever comes, until the server closes, in order or not. */
  void readUntilClosed() throws IOException {
    try {
      in.readAllBytes();
    } catch (java.net.SocketTimeoutException open) {
      throw open;
    } catch (IOException reset) {
      // closed, if not politely
    }
  }

  /** Whether the server has closed, in order or with a reset, with nothing more to read before. */
  boolean isClosedByServer() throws IOException {
    try {
      return in.read() == -1;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("in the line: " + line.toString(StandardCharsets.ISO_8859_1));
      }
      line.write(next);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new IOException("line without CR: " + text);
    }
    return text.substring(0, text.length() - 1);
  }

  void closeOutput() throws IOException {
    socket.shutdownOutput();
  }

  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
