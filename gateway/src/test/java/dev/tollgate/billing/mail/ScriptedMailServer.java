package dev.tollgate.billing.mail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A mail server that does what a test says at one point of each of its connections, and else takes
 * everything. On a free port of the loopback.
 */
final class ScriptedMailServer implements AutoCloseable {
  /** Where it does something else. */
  enum Point {
    GREETING,
    MAIL,
    RCPT,
    DATA,
    /** While the message comes. */
    BODY,
    /** In the place of the answer to the last dot. */
    DOT,
    NOWHERE
  }

  /**
   * What it does there.
   *
   * @param answer a line; {@code hang} says nothing until the client gives up, {@code drop} closes
   */
  record Turn(Point point, String answer) {
    static final Turn GOOD = new Turn(Point.NOWHERE, "");
  }

  private static final String HANG = "hang";
  private static final String DROP = "drop";

  private final ServerSocket listening;
  private final IntFunction<Turn> turns;
  private final AtomicInteger connections = new AtomicInteger();
  private final List<String> whole = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private final @Nullable SSLContext tls;
  private final AtomicInteger encrypted = new AtomicInteger();

  private ScriptedMailServer(
      ServerSocket listening, IntFunction<Turn> turns, @Nullable SSLContext tls) {
    this.listening = listening;
    this.turns = turns;
    this.tls = tls;
  }

  /**
   * @param turns of each connection, from 0 on
   */
  static ScriptedMailServer start(IntFunction<Turn> turns) throws IOException {
    return start(turns, null);
  }

  /** One that takes everything, and offers STARTTLS. */
  static ScriptedMailServer startTls(SSLContext tls) throws IOException {
    return start(connection -> Turn.GOOD, tls);
  }

  private static ScriptedMailServer start(IntFunction<Turn> turns, @Nullable SSLContext tls)
      throws IOException {
    ScriptedMailServer server =
        new ScriptedMailServer(
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), turns, tls);
    Thread.ofVirtual().start(server::accept);
    return server;
  }

  /** Connections that have gone over to TLS. */
  int encrypted() {
    return encrypted.get();
  }

  int port() {
    return listening.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /** The messages that came with their last dot, whatever was answered. */
  List<String> whole() {
    return List.copyOf(whole);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        open.add(socket);
        Turn turn = turns.apply(connections.getAndIncrement());
        Thread.ofVirtual().start(() -> serve(socket, turn));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket, Turn turn) {
    try (socket) {
      if (!answer(socket.getOutputStream(), reader(socket), turn, Point.GREETING, "220 scripted")) {
        return;
      }
      converse(socket, turn);
    } catch (IOException gone) {
      // The client has gone; what it did is noted.
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
  }

  private void converse(Socket socket, Turn turn) throws IOException {
    BufferedReader in = reader(socket);
    OutputStream out = socket.getOutputStream();
    boolean isTls = socket instanceof SSLSocket;
    String line = in.readLine();
    while (line != null) {
      String verb = line.split(" ", 2)[0].toUpperCase(java.util.Locale.ROOT);
      if (verb.equals("STARTTLS") && tls != null) {
        say(out, "220 go on");
        converse(secured(socket, tls), turn);
        return;
      }
      boolean goesOn =
          switch (verb) {
            case "EHLO" -> say(out, tls == null || isTls ? "250 ok" : "250-ok\r\n250 STARTTLS");
            case "MAIL" -> answer(out, in, turn, Point.MAIL, "250 ok");
            case "RCPT" -> answer(out, in, turn, Point.RCPT, "250 ok");
            case "DATA" -> answer(out, in, turn, Point.DATA, "354 go on") && take(in, out, turn);
            case "QUIT" -> false;
            default -> say(out, "250 ok");
          };
      if (!goesOn) {
        return;
      }
      line = in.readLine();
    }
  }

  private Socket secured(Socket socket, SSLContext context) throws IOException {
    SSLSocket secured =
        (SSLSocket) context.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
    secured.setUseClientMode(false);
    secured.startHandshake();
    encrypted.incrementAndGet();
    return secured;
  }

  private boolean take(BufferedReader in, OutputStream out, Turn turn) throws IOException {
    if (turn.point() == Point.DATA) {
      return true; // it was refused
    }
    StringBuilder message = new StringBuilder();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (turn.point() == Point.BODY) {
        return answer(out, in, turn, Point.BODY, "");
      }
      if (line.equals(".")) {
        whole.add(message.toString());
        return answer(out, in, turn, Point.DOT, "250 taken");
      }
      message.append(line).append('\n');
    }
    return false;
  }

  private static boolean answer(
      OutputStream out, BufferedReader in, Turn turn, Point point, String usual)
      throws IOException {
    String answer = turn.point() == point ? turn.answer() : usual;
    return switch (answer) {
      case DROP -> false;
      case HANG -> {
        while (in.readLine() != null) {
          // It listens, and says nothing.
        }
        yield false;
      }
      default -> say(out, answer);
    };
  }

  private static boolean say(OutputStream out, String line) throws IOException {
    out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return true;
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
