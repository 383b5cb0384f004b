package dev.tollgate.testing;

import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One connection over a {@link FaultyLink}: two threads, one for what is asked, one for answers.
 */
final class LinkedConnection {
  private static final int LATE_SECONDS_MAX = 10;

  /** Stands for a command that is delivered late, where the script of others stands. */
  private static final String LATE = "late";

  private final FaultyLink link;
  private final Socket gateway;
  private final SocketChannel redis;
  private final Thread asking;
  private final Thread answering;

  /** Of each command that Redis has not answered, which script it calls, or its name. */
  private final BlockingQueue<String> unanswered = new LinkedBlockingQueue<>();

  /** Counts the answers to what was delivered late. */
  private final Semaphore lateAnswers = new Semaphore(0);

  private volatile boolean isSilent;
  private volatile boolean isLate;

  private LinkedConnection(FaultyLink link, Socket gateway, SocketChannel redis) {
    this.link = link;
    this.gateway = gateway;
    this.redis = redis;
    this.asking = Thread.ofPlatform().daemon().name("faulty-link-asks").unstarted(this::ask);
    this.answering =
        Thread.ofPlatform().daemon().name("faulty-link-answers").unstarted(this::answer);
  }

  /** Connects to Redis; where there is none, the gateway sees its connection break. */
  static void open(FaultyLink link, Socket gateway, Path server) throws IOException {
    SocketChannel redis = SocketChannel.open(StandardProtocolFamily.UNIX);
    LinkedConnection made = new LinkedConnection(link, gateway, redis);
    try {
      redis.connect(UnixDomainSocketAddress.of(server));
      link.onOpened(made);
      made.asking.start();
      made.answering.start();
    } catch (IOException nobodyThere) {
      made.close();
    }
  }

  private void ask() {
    try (InputStream in = gateway.getInputStream();
        OutputStream out = Channels.newOutputStream(redis)) {
      RespInput commands = new RespInput(in);
      for (RespInput.Value command = commands.next(); command != null; command = commands.next()) {
        String script = script(command);
        if (!isSilent && link.at(Moment.SENT, script) == Fault.LATE) {
          deliverLate(command, commands, out);
          return;
        }
        if (!isSilent) {
          unanswered.add(script);
          out.write(command.raw());
        }
      }
    } catch (IOException broken) {
      // Either side has gone.
    } finally {
      close();
    }
  }

  /** A script by its SHA-1, whether the gateway sends that or the text; the name of all others. */
  private static String script(RespInput.Value command) {
    List<String> words = command.words();
    return switch (words.getFirst()) {
      case "EVALSHA" -> words.get(1);
      case "EVAL" -> sha1Hex(words.get(1));
      default -> words.getFirst();
    };
  }

  private static String sha1Hex(String text) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return HexFormat.of().formatHex(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Collects until the gateway hangs up; only then does it reach Redis. */
  private void deliverLate(RespInput.Value first, RespInput commands, OutputStream out)
      throws IOException {
    isLate = true;
    int count = 0;
    ByteArrayOutputStream late = new ByteArrayOutputStream();
    try {
      for (RespInput.Value next = first; next != null; next = commands.next()) {
        late.writeBytes(next.raw());
        unanswered.add(LATE);
        count++;
      }
    } catch (IOException reset) {
      // As good as a hang-up.
    }
    out.write(late.toByteArray());
    try {
      if (!lateAnswers.tryAcquire(count, LATE_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("Redis does not answer what came late");
      }
      link.onDelivered();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer() {
    try (InputStream in = Channels.newInputStream(redis);
        OutputStream out = gateway.getOutputStream()) {
      RespInput answers = new RespInput(in);
      for (RespInput.Value value = answers.next(); value != null; value = answers.next()) {
        String asked = unanswered.take();
        String script = isUnknownScript(value) ? "" : asked;
        if (asked.equals(LATE)) {
          lateAnswers.release();
        } else if (!isSilent) {
          link.at(Moment.CARRIED_OUT, script);
          if (!isSilent) {
            out.write(value.raw());
            link.at(Moment.ANSWERED, script);
          }
        }
      }
    } catch (IOException broken) {
      // Either side has gone.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      if (!isLate) {
        close();
      }
    }
  }

  /** Redis has not carried it out: it will be asked once more, with the text. */
  private static boolean isUnknownScript(RespInput.Value answer) {
    return new String(answer.raw(), StandardCharsets.UTF_8).startsWith("-NOSCRIPT");
  }

  void silence() {
    isSilent = true;
  }

  boolean isSilent() {
    return isSilent;
  }

  /** Breaks it, for both sides. Twice is as good as once. */
  void close() {
    try (gateway;
        redis) {
      link.onClosed(this);
    } catch (IOException already) {
      // It is closed all the same.
    }
  }

  void join() throws InterruptedException {
    asking.join();
    answering.join();
  }
}
