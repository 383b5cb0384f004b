package dev.tollgate.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The network between a gateway and its Redis, on a free port of the loopback address. It knows
 * just enough of what passes to see one chosen script being asked for and answered, and to do then
 * what the test wants: break, fall silent, or deliver too late.
 */
public final class FaultyLink implements AutoCloseable {
  private static final int WAIT_SECONDS_MAX = 30;

  /** How far the call of a script has come. */
  public enum Moment {
    /** The gateway has sent it; the link has not passed it on. */
    SENT,
    /** Redis has answered; the link has not passed that on. */
    CARRIED_OUT,
    /** The answer is on its way to the gateway. */
    ANSWERED
  }

  /** What becomes of the link. */
  public enum Fault {
    /** It goes on. */
    NONE,
    /** All of its connections break. New ones can be made. */
    CUT,
    /** Nothing passes any more on any connection that there is, in either direction. */
    SILENCE,
    /**
     * What is sent on this connection from now on reaches Redis once the gateway has given the
     * connection up; the answers reach nobody.
     */
    LATE
  }

  private record Trap(String script, Moment moment, Supplier<Fault> act) {}

  private final Path server;
  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<LinkedConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable Trap> trap = new AtomicReference<>();
  private volatile CountDownLatch sprung = new CountDownLatch(0);
  private volatile CountDownLatch delivered = new CountDownLatch(0);

  private FaultyLink(Path server) throws IOException {
    this.server = server;
    this.listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    this.acceptor = Thread.ofVirtual().name("faulty-link").start(this::acceptAll);
  }

  /**
   * @param server the socket at which Redis listens; nobody needs to be there yet, or always
   */
  public static FaultyLink to(Path server) throws IOException {
    return new FaultyLink(server);
  }

  /** How a gateway reaches Redis over it. */
  public String uri() {
    return "redis://127.0.0.1:" + listener.getLocalPort();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket gateway = listener.accept();
        gateway.setTcpNoDelay(true);
        LinkedConnection.open(this, gateway, server);
      }
    } catch (IOException closed) {
      // close() has been called.
    }
  }

  /**
   * Waits for the next call of a script to come so far, on whichever connection, once.
   *
   * @param script its SHA-1; or the name of another command, in capitals
   * @param act done in that moment, on the connection's thread; says what becomes of the link
   */
  public void trap(String script, Moment moment, Supplier<Fault> act) {
    sprung = new CountDownLatch(1);
    trap.set(new Trap(script, moment, act));
  }

  /** Waits until what was trapped has come. */
  public void awaitSprung() throws InterruptedException {
    await(sprung, "the script was not called");
  }

  /** Waits until the gateway has given up every connection that is silent. */
  public void awaitSilentGone() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
    while (connections.stream().anyMatch(LinkedConnection::isSilent)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("a silent connection is not given up");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Waits until Redis has answered what was delivered late, if anything was. */
  public void awaitDelivered() throws InterruptedException {
    await(delivered, "nothing was delivered");
  }

  private static void await(CountDownLatch latch, String otherwise) throws InterruptedException {
    if (!latch.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError(otherwise);
    }
  }

  /** Breaks all connections. */
  public void cut() {
    connections.forEach(LinkedConnection::close);
  }

  /** How many connections there are. */
  public int count() {
    return connections.size();
  }

  /** Lets nothing pass any more on the connections that there are. */
  public void silence() {
    connections.forEach(LinkedConnection::silence);
  }

  // ---- for the connections

  /** Springs the trap, if it is for this. */
  Fault at(Moment moment, String script) {
    Trap set = trap.get();
    if (set == null
        || set.moment != moment
        || !set.script.equals(script)
        || !trap.compareAndSet(set, null)) {
      return Fault.NONE;
    }
    Fault fault = set.act.get();
    switch (fault) {
      case NONE -> {}
      case CUT -> cut();
      case SILENCE -> silence();
      case LATE -> delivered = new CountDownLatch(1);
    }
    sprung.countDown();
    return fault;
  }

  void onOpened(LinkedConnection connection) {
    connections.add(connection);
  }

  void onDelivered() {
    delivered.countDown();
  }

  void onClosed(LinkedConnection connection) {
    connections.remove(connection);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join();
      for (LinkedConnection connection : Set.copyOf(connections)) {
        connection.close();
        connection.join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
