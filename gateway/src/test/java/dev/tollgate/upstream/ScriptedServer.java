package dev.tollgate.upstream;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A provider that does byte for byte what a test says. Each connection it accepts plays the next
 * script, and the last one again and again. A script that returns closes its connection.
 */
public final class ScriptedServer implements AutoCloseable {
  /** What one connection does. */
  @FunctionalInterface
  public interface Script {
    void play(Peer peer) throws Exception;
  }

  private final ServerSocket listening;
  private final @Nullable SSLSocketFactory tls;
  private final List<Script> scripts;
  private final AtomicInteger connections = new AtomicInteger();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private volatile boolean demandsCertificates;
  private volatile boolean isClosed;

  private ScriptedServer(@Nullable SSLSocketFactory tls, List<Script> scripts) throws IOException {
    this(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0, tls, scripts);
  }

  private ScriptedServer(
      InetAddress address, int port, @Nullable SSLSocketFactory tls, List<Script> scripts)
      throws IOException {
    this.listening = new ServerSocket(port, 64, address);
    this.tls = tls;
    this.scripts = scripts;
    Thread.ofVirtual().start(this::accept);
  }

  public static ScriptedServer playing(Script... scripts) throws IOException {
    return new ScriptedServer(null, List.of(scripts));
  }

  /** At another address than 127.0.0.1. */
  static ScriptedServer playingAt(InetAddress address, int port, Script... scripts)
      throws IOException {
    return new ScriptedServer(address, port, null, List.of(scripts));
  }

  /** With the certificate of the test resources, for {@code localhost} only. */
  static ScriptedServer playingOverTls(Script... scripts) throws Exception {
    return new ScriptedServer(TestCertificates.sockets(), List.of(scripts));
  }

  /**
   * The same, for clients only that show a certificate.
   *
   * @param sockets know which ones
   */
  static ScriptedServer demandingCertificates(SSLSocketFactory sockets, Script... scripts)
      throws Exception {
    ScriptedServer server = new ScriptedServer(sockets, List.of(scripts));
    server.demandsCertificates = true;
    return server;
  }

  /** By its address, {@code 127.0.0.1}. */
  public URI url() {
    return urlOf("127.0.0.1");
  }

  URI urlOf(String host) {
    return URI.create(
        (tls == null ? "http" : "https") + "://" + host + ":" + listening.getLocalPort() + "/v1");
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Accepted so far. */
  public int connections() {
    return connections.get();
  }

  private void accept() {
    while (!isClosed) {
      try {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        Script script = scripts.get(Math.min(connections.getAndIncrement(), scripts.size() - 1));
        Thread.ofVirtual().start(() -> play(script, socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void play(Script script, Socket socket) {
    try (Socket spoken = tls == null ? socket : tls.createSocket(socket, null, true)) {
      if (demandsCertificates) {
        ((SSLSocket) spoken).setNeedClientAuth(true);
      }
      script.play(new Peer(socket, spoken));
    } catch (IOException e) {
      // The client closed the connection: scripts that mind ask for it.
    } catch (Exception | AssertionError e) {
      faults.add(e);
    }
  }

  @Override
  public void close() throws IOException {
    isClosed = true;
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    Throwable fault = faults.poll();
    if (fault != null) {
      throw new AssertionError("a script failed", fault);
    }
  }

  /** The server's end of a connection. */
  public static final class Peer {
    private final Socket wire;
    private Socket socket;
    private @Nullable InputStream in;

    /**
     * @param socket the wire itself, or TLS over it
     */
    Peer(Socket wire, Socket socket) {
      this.wire = wire;
      this.socket = socket;
    }

    /** The next request with its body, as Latin-1. */
    public String readRequest() throws IOException {
      String head = readHead();
      int at = head.toLowerCase(Locale.ROOT).indexOf("content-length:");
      if (at < 0) {
        return head;
      }
      String length = head.substring(at + 15, head.indexOf("\r\n", at)).trim();
      return head
          + new String(input().readNBytes(Integer.parseInt(length)), StandardCharsets.ISO_8859_1);
    }

    public String readHead() throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      String text = "";
      while (!text.endsWith("\r\n\r\n")) {
        int octet = input().read();
        if (octet < 0) {
          throw new IOException("closed");
        }
        head.write(octet);
        text = octet == '\n' ? head.toString(StandardCharsets.ISO_8859_1) : "";
      }
      return text;
    }

    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    /**
     * From here on TLS is spoken, once the client has shaken hands.
     *
     * @param protocols to choose from by ALPN; nothing is chosen where there are none
     */
    public void startTls(SSLSocketFactory shown, String... protocols) throws IOException {
      SSLSocket secured = (SSLSocket) shown.createSocket(socket, null, true);
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      secured.setSSLParameters(parameters);
      socket = secured;
      in = null;
      secured.startHandshake();
    }

    /** Waits for the next byte, and leaves it; says whether there is one. */
    public boolean awaitMore() throws IOException {
      InputStream waiting = input();
      waiting.mark(1);
      boolean isMore = waiting.read() >= 0;
      if (isMore) {
        waiting.reset();
      }
      return isMore;
    }

    /** Beside TLS, where that is spoken. */
    public void sendPlain(String text) throws IOException {
      wire.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** So many bytes, of whatever. */
    public byte[] read(int bytes) throws IOException {
      return input().readNBytes(bytes);
    }

    /** Says that nothing more will be sent (FIN, or TLS's own notice), and stays. */
    public void finish() throws IOException {
      socket.shutdownOutput();
    }

    /** Closes with a RST instead of a FIN. */
    public void reset() throws IOException {
      wire.setSoLinger(true, 0);
      wire.close();
    }

    /** When the TLS session began: before the connection did, if it was resumed. */
    long tlsSessionMillis() {
      return ((SSLSocket) socket).getSession().getCreationTime();
    }

    /** What the client has shown. */
    Certificate clientCertificate() throws IOException {
      return ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    }

    /** Closes without TLS saying so. */
    public void cut() throws IOException {
      wire.close();
    }

    /** Does as a proxy what a head of CONNECT asks for, at that port of the loopback address. */
    public void tunnel(String head) throws IOException {
      String target = head.substring("CONNECT ".length(), head.indexOf(" HTTP/1.1"));
      int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
      Socket there = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
      send("HTTP/1.1 200 Connection established\r\n\r\n");
      relay(there);
    }

    /** Passes all on, in both directions, until the client closes the connection. */
    void relay(Socket other) throws IOException {
      try (other) {
        Thread.ofVirtual().start(() -> passOn(other));
        input().transferTo(other.getOutputStream());
      }
    }

    private void passOn(Socket other) {
      try {
        other.getInputStream().transferTo(socket.getOutputStream());
        socket.shutdownOutput();
      } catch (IOException e) {
        // One of them is closed.
      }
    }

    /** Returns once the client has closed the connection, whatever it sends before. */
    public void awaitClosed() {
      try {
        input().transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // Reset: closed as well.
      }
    }

    private InputStream input() throws IOException {
      InputStream current = in;
      if (current == null) {
        current = new BufferedInputStream(socket.getInputStream());
        in = current;
      }
      return current;
    }
  }
}
