package dev.tollgate.upstream;

import dev.tollgate.testing.RawFrame;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A provider that speaks HTTP/2 and does frame for frame what a test says. Each stream plays the
 * script, on a thread of its own; which one it is, it says itself ({@link ServedStream#number},
 * {@link StreamPeer#number}). A script that returns leaves its stream as it is: one that never
 * answers is an empty one.
 *
 * <pre>
 * try (ScriptedStreams provider = ScriptedStreams.inTheClear(stream -&gt; {
 *   stream.awaitBody();
 *   stream.head(200, "content-type", "text/plain").data("hello").end();
 * })) { … provider.url() … }
 * </pre>
 */
public final class ScriptedStreams implements AutoCloseable {
  /** What one stream does, once the head of its request has come. */
  @FunctionalInterface
  public interface Script {
    void play(ServedStream stream) throws Exception;
  }

  /**
   * How it introduces itself.
   *
   * @param settings identifiers and values of its first SETTINGS, in turn; null for saying nothing
   * @param givesWindows whether it gives back the windows of what it has received
   */
  public record Manner(@Nullable List<Integer> settings, boolean givesWindows) {
    public static final Manner USUAL = new Manner(List.of(), true);

    /** It connects, and never says hello. */
    public static final Manner SILENT = new Manner(null, true);

    /** At most so many streams on a connection. */
    public static Manner ofStreamsMax(int streams) {
      return new Manner(List.of(RawFrame.MAX_CONCURRENT_STREAMS, streams), true);
    }

    /** A request's body may have so many bytes, and no more until the script says so. */
    public static Manner withholdingWindows(int bytes) {
      return new Manner(List.of(RawFrame.INITIAL_WINDOW_SIZE, bytes), false);
    }
  }

  private final ServerSocket listening;
  private final @Nullable SSLSocketFactory tls;
  private final Manner manner;
  private final Script script;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger streams = new AtomicInteger();
  private final Queue<StreamPeer> peers = new ConcurrentLinkedQueue<>();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private volatile boolean isClosed;

  private ScriptedStreams(@Nullable SSLSocketFactory tls, Manner manner, Script script)
      throws IOException {
    this.listening = new ServerSocket(0, 256, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    this.tls = tls;
    this.manner = manner;
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  /** For a provider's setting {@code http2: prior_knowledge}. */
  public static ScriptedStreams inTheClear(Script script) throws IOException {
    return new ScriptedStreams(null, Manner.USUAL, script);
  }

  public static ScriptedStreams inTheClear(Manner manner, Script script) throws IOException {
    return new ScriptedStreams(null, manner, script);
  }

  /** Chooses {@code h2} by ALPN. */
  public static ScriptedStreams overTls(SSLSocketFactory tls, Script script) throws IOException {
    return new ScriptedStreams(tls, Manner.USUAL, script);
  }

  public static ScriptedStreams overTls(SSLSocketFactory tls, Manner manner, Script script)
      throws IOException {
    return new ScriptedStreams(tls, manner, script);
  }

  /** By its address, {@code 127.0.0.1}, with the path {@code /v1}. */
  public URI url() {
    return urlOf("127.0.0.1");
  }

  public URI urlOf(String host) {
    return URI.create(
        (tls == null ? "http" : "https") + "://" + host + ":" + listening.getLocalPort() + "/v1");
  }

  /** Accepted so far. */
  public int connections() {
    return connections.get();
  }

  /** Begun so far, on all connections. */
  public int streams() {
    return streams.get();
  }

  /** How many of its connections are still open. */
  public int openConnections() {
    return (int) peers.stream().filter(peer -> !peer.isClosed()).count();
  }

  Manner manner() {
    return manner;
  }

  private void accept() {
    while (!isClosed) {
      try {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        int number = connections.getAndIncrement();
        Thread.ofVirtual().start(() -> serve(socket, number));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (Socket spoken = tls == null ? socket : secured(tls, socket)) {
      StreamPeer peer = new StreamPeer(this, socket, spoken, number);
      peers.add(peer);
      peer.serve();
    } catch (IOException e) {
      // The client closed the connection: scripts that mind ask for it.
    } catch (Exception | AssertionError e) {
      faults.add(e);
    }
  }

  private static Socket secured(SSLSocketFactory tls, Socket socket) throws IOException {
    SSLSocket secured = (SSLSocket) tls.createSocket(socket, null, true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  void play(ServedStream stream) {
    streams.incrementAndGet();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                script.play(stream);
              } catch (IOException e) {
                // As above.
              } catch (Exception | AssertionError e) {
                faults.add(e);
                breakOff(stream);
              }
            });
  }

  /** Nobody is to wait for a script that has failed. */
  private static void breakOff(ServedStream stream) {
    try {
      stream.reset(Http2Error.INTERNAL_ERROR);
    } catch (IOException closed) {
      // Then nobody does.
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
}
