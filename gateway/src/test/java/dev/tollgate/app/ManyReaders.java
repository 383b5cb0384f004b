package dev.tollgate.app;

import dev.tollgate.upstream.ScriptedStreams.Script;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many clients of a gateway that read streamed answers at once and at very different speeds, over
 * HTTP/2 and HTTP/1.1, and look at every byte. A quarter each reads as fast as it can, in small
 * sips, slowly, and not at all until everybody else has finished.
 */
final class ManyReaders {
  /** How a stream is read. */
  enum Pace {
    FAST,
    SIPPING,
    SLOW,
    STOPPED;

    /** So much is read before it rests. */
    int bytes() {
      return this == SIPPING ? 2048 : 16 * 1024;
    }

    int restMillis() {
      return switch (this) {
        case FAST, STOPPED -> 0;
        case SIPPING -> 1;
        case SLOW -> 25;
      };
    }
  }

  private static final Pattern NUMBER = Pattern.compile("stream (\\d+) of (\\d+) bytes");
  private static final int STREAMS_PER_CONNECTION = 100;
  private static final int PATIENCE_SECONDS = 60;

  /** Between a hundred of them and the next, so that they do not all hold money at one moment. */
  private static final int START_MILLIS = 50;

  private static final int RECEIVE_BYTES = 16 * 1024;

  private final URI gateway;
  private final String key;
  private final long bytesMost;
  private final CountDownLatch unstopped;
  private final CountDownLatch others;
  private final CountDownLatch all;
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLongArray bytesReadOf;
  private final Set<Integer> unfinished = ConcurrentHashMap.newKeySet();
  private final List<Socket> sockets = new ArrayList<>();

  /**
   * @param bytesMost of an answer to a stopped one; others get a quarter
   */
  ManyReaders(URI gateway, String key, int streams, long bytesMost) {
    this.gateway = gateway;
    this.key = key;
    this.bytesMost = bytesMost;
    this.bytesReadOf = new AtomicLongArray(streams);
    for (int number = 0; number < streams; number++) {
      unfinished.add(number);
    }
    this.unstopped = new CountDownLatch(1);
    this.all = new CountDownLatch(streams);
    this.others = new CountDownLatch(streams - streams / 4);
  }

  static Pace paceOf(int number) {
    return Pace.values()[number % 4];
  }

  /**
   * What a provider does to be read by these.
   *
   * @param streams how many there are to be before it answers any
   * @param sent told, by the number of each stream, how much of its body has gone out
   */
  static Script provider(int streams, ConcurrentMap<Integer, Long> sent) {
    CountDownLatch begun = new CountDownLatch(streams);
    return stream -> {
      Matcher asked = NUMBER.matcher(stream.awaitBody());
      if (!asked.find()) {
        stream.headOnly(400);
        return;
      }
      int number = Integer.parseInt(asked.group(1));
      NumberedAnswer answer = new NumberedAnswer(number, Long.parseLong(asked.group(2)));
      begun.countDown();
      if (!begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(begun.getCount() + " streams have not begun");
      }
      stream.head(200, "content-type", "text/event-stream");
      for (byte[] event = answer.next(); event != null; event = answer.next()) {
        stream.data(event);
        sent.merge(number, (long) event.length, Long::sum);
      }
      stream.end();
    };
  }

  /** Begins to read on so many streams over HTTP/2, and so many over HTTP/1.1. */
  void start(int overHttp2, int overHttp1) throws IOException {
    for (int first = 0; first < overHttp2; first += STREAMS_PER_CONNECTION) {
      int end = Math.min(first + STREAMS_PER_CONNECTION, overHttp2);
      StreamsClient client = new StreamsClient(connect(0));
      for (int number = first; number < end; number++) {
        client.ask(number);
      }
      client.start();
      pause();
    }
    for (int number = overHttp2; number < overHttp2 + overHttp1; number++) {
      int asked = number;
      Socket socket = connect(paceOf(number) == Pace.FAST ? 0 : RECEIVE_BYTES);
      Thread.ofVirtual().start(() -> readOverHttp1(socket, asked));
      if (number % STREAMS_PER_CONNECTION == 0) {
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(START_MILLIS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private Socket connect(int receiveBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(new InetSocketAddress(gateway.getHost(), gateway.getPort()));
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  /** The stopped ones are asked for more than windows and buffers take. */
  private long bytesOf(int number) {
    return paceOf(number) == Pace.STOPPED ? bytesMost : bytesMost / 4;
  }

  private byte[] bodyOf(int number) {
    return """
    {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":99,\
    "messages":[{"role":"user","content":"stream %d of %d bytes"}]}\
    """
        .formatted(number, bytesOf(number))
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Waits for all but those that are stopped. */
  boolean awaitOthers(int seconds) throws InterruptedException {
    return others.await(seconds, TimeUnit.SECONDS);
  }

  /** Lets the stopped ones go on, and waits for all. */
  boolean awaitAll(int seconds) throws InterruptedException {
    unstopped.countDown();
    return all.await(seconds, TimeUnit.SECONDS);
  }

  List<String> wrong() {
    return List.copyOf(wrong);
  }

  long bytesRead() {
    return bytesRead.get();
  }

  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void rest(Pace pace) throws IOException {
    try {
      if (pace == Pace.STOPPED) {
        unstopped.await();
      } else if (pace.restMillis() > 0) {
        TimeUnit.MILLISECONDS.sleep(pace.restMillis());
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void read(int number, int bytes) {
    bytesRead.addAndGet(bytes);
    bytesReadOf.addAndGet(number, bytes);
  }

  /**
   * Those that still wait, and how far they are.
   *
   * @param sent what their provider has sent to each
   */
  List<String> unfinished(ConcurrentMap<Integer, Long> sent) {
    return unfinished.stream()
        .sorted()
        .map(
            number ->
                "%d (%s): %d read of %d sent"
                    .formatted(
                        number,
                        paceOf(number),
                        bytesReadOf.get(number),
                        sent.getOrDefault(number, 0L)))
        .toList();
  }

  private void ended(int number, String fault) {
    unfinished.remove(number);
    if (!fault.isEmpty()) {
      wrong.add(number + " (" + paceOf(number) + "): " + fault);
    }
    if (paceOf(number) != Pace.STOPPED) {
      others.countDown();
    }
    all.countDown();
  }

  // ---- HTTP/1.1

  private void readOverHttp1(Socket socket, int number) {
    NumberedAnswer answer = new NumberedAnswer(number, bytesOf(number));
    try {
      byte[] body = bodyOf(number);
      String head =
          String.join(
              "\r\n",
              "POST /v1/chat/completions HTTP/1.1",
              "host: a.example",
              "authorization: Bearer " + key,
              "content-type: application/json",
              "content-length: " + body.length,
              "",
              "");
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
      InputStream in = new BufferedInputStream(socket.getInputStream(), RECEIVE_BYTES);
      String status = line(in);
      if (!status.startsWith("HTTP/1.1 200 ")) {
        ended(number, status);
        return;
      }
      while (!line(in).isEmpty()) {
        // A field of the head.
      }
      readChunks(in, answer, number);
      ended(number, answer.isWhole() ? "" : "not whole");
    } catch (IOException broken) {
      ended(number, broken.toString());
    }
  }

  private void readChunks(InputStream in, NumberedAnswer answer, int number) throws IOException {
    Pace pace = paceOf(number);
    int sinceRest = 0;
    for (int size = Integer.parseInt(line(in), 16);
        size > 0;
        size = Integer.parseInt(line(in), 16)) {
      byte[] chunk = in.readNBytes(size);
      if (answer.check(chunk, 0, chunk.length) >= 0) {
        throw new IOException("a wrong byte");
      }
      read(number, size);
      sinceRest += size;
      line(in);
      if (sinceRest >= pace.bytes()) {
        sinceRest = 0;
        rest(pace);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new EOFException("closed");
      }
      if (octet != '\r') {
        line.append((char) octet);
      }
    }
    return line.toString();
  }

  // ---- HTTP/2

  /** A connection whose streams are given back their windows at the pace of their readers. */
  private final class StreamsClient extends PacedStreams {
    private StreamsClient(Socket socket) throws IOException {
      super(socket);
    }

    private void ask(int number) throws IOException {
      add(idOf(number), new Reader(number));
      request(idOf(number), "/v1/chat/completions", key, bodyOf(number));
    }

    private final class Reader implements Listener {
      private final int number;
      private final NumberedAnswer answer;
      private final Semaphore owed = new Semaphore(0);
      private volatile boolean isOver;

      private Reader(int number) {
        this.number = number;
        this.answer = new NumberedAnswer(number, bytesOf(number));
        if (paceOf(number) != Pace.FAST) {
          Thread.ofVirtual().start(this::giveBack);
        }
      }

      private void giveBack() {
        Pace pace = paceOf(number);
        try {
          while (!isOver) {
            owed.acquire();
            rest(pace);
            int due = 1 + owed.drainPermits();
            int given = Math.min(due, pace.bytes());
            owed.release(due - given);
            if (!isOver) {
              window(idOf(number), given);
            }
          }
        } catch (IOException | InterruptedException closed) {
          // Whoever reads finds that, too.
        }
      }

      @Override
      public void onStatus(String status) {
        if (!status.equals("200")) {
          end("status " + status);
        }
      }

      @Override
      public void onData(byte[] data, boolean isLast) throws IOException {
        read(number, data.length);
        if (answer.check(data, 0, data.length) >= 0) {
          end("a wrong byte");
        } else if (isLast) {
          end(answer.isWhole() ? "" : "not whole");
        } else if (paceOf(number) == Pace.FAST) {
          window(idOf(number), data.length);
        } else {
          owed.release(data.length);
        }
      }

      @Override
      public void onEnd(String why) {
        end(why.isEmpty() && !answer.isWhole() ? "not whole" : why);
      }

      private void end(String fault) {
        if (!isOver) {
          isOver = true;
          owed.release();
          ended(number, fault);
        }
      }
    }

    private int idOf(int number) {
      return 2 * (number % STREAMS_PER_CONNECTION) + 1;
    }
  }
}
