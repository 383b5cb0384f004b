package dev.tollgate.app;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.upstream.ScriptedStreams;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Thousands of streams through a gateway before a provider of HTTP/2, to readers of very different
 * speeds, over HTTP/2 and HTTP/1.1. Prints whether order and bytes were right, and how much memory
 * the gateway took. Provider and readers are in the same process, but use no direct buffers.
 *
 * <p>Arguments: streams over HTTP/2, streams over HTTP/1.1, KiB of the longest answers.
 */
final class ManyReadersBenchmark {
  static final long COST_NANO_USD = 10 * 1000 + 20 * 2000;

  private static final int SECONDS_MAX = 120;

  private ManyReadersBenchmark() {}

  static GatewaySetup setup(ScriptedStreams server) {
    return GatewaySetup.USUAL.with(
        """
        two:
          dialect: openai
          base_url: "%s"
          api_key: "${PROVIDER_KEY}"
          http2: prior_knowledge
        """
            .formatted(server.url()),
        "m: { targets: [ { provider: two, model: m } ], prices: { input: 1, output: 2 } }\n");
  }

  public static void main(String[] arguments) throws Exception {
    int overHttp2 = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4000;
    int overHttp1 = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1000;
    long bytesMost = 1024L * (arguments.length > 2 ? Integer.parseInt(arguments[2]) : 512);
    ConcurrentMap<Integer, Long> sent = new ConcurrentHashMap<>();
    try (ScriptedStreams server =
            ScriptedStreams.inTheClear(ManyReaders.provider(overHttp2 + overHttp1, sent));
        FakeProvider others = FakeProvider.start(73);
        GatewayForTests gateway = GatewayForTests.start(others, setup(server))) {
      run(server, sent, gateway, overHttp2, overHttp1, bytesMost);
    }
    System.exit(0); // the tests' Redis goes with the process
  }

  private static void run(
      ScriptedStreams server,
      ConcurrentMap<Integer, Long> sent,
      GatewayForTests gateway,
      int overHttp2,
      int overHttp1,
      long bytesMost)
      throws Exception {
    int streams = overHttp2 + overHttp1;
    String key = gateway.createKey("1000");
    Peak peak = new Peak();
    ManyReaders readers = new ManyReaders(gateway.publicUrl(), key, streams, bytesMost);
    long started = System.nanoTime();
    readers.start(overHttp2, overHttp1);
    boolean othersDone = readers.awaitOthers(SECONDS_MAX);
    if (!othersDone) {
      tellUnfinished(readers, sent);
    }
    double othersSeconds = (System.nanoTime() - started) / 1e9;
    long heldBytes = usedDirectBytes();
    boolean allDone = readers.awaitAll(SECONDS_MAX);
    if (!allDone) {
      tellUnfinished(readers, sent);
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    int connections = server.connections();
    peak.stop();
    readers.close();
    gateway.awaitSettled(key);
    System.out.printf(
        "%,d streams at once (%,d over HTTP/2, %,d over HTTP/1.1), a quarter each fast, sipping,"
            + " slow, and stopped until all others are done, these of %,d KiB, the others of a"
            + " quarter%n",
        streams, overHttp2, overHttp1, bytesMost / 1024);
    System.out.printf(
        "all but the stopped ones: %s after %.1f s; all: %s after %.1f s, %.0f MB/s%n",
        othersDone ? "done" : "NOT DONE",
        othersSeconds,
        allDone ? "done" : "NOT DONE",
        seconds,
        readers.bytesRead() / seconds / 1e6);
    System.out.printf(
        "wrong: %,d %s%n", readers.wrong().size(), readers.wrong().stream().limit(5).toList());
    System.out.printf(
        "direct memory (the gateway's): %,d MiB at the most, %,d MiB while the stopped ones were"
            + " stopped; heap (of all three) %,d MiB at the most%n",
        peak.directBytes.get() >> 20, heldBytes >> 20, peak.heapBytes.get() >> 20);
    System.out.printf(
        "upstream connections: %,d; charged: %s%n",
        connections,
        gateway.spentNanoUsd(key) == streams * COST_NANO_USD ? "exactly" : "NOT EXACTLY");
  }

  private static void tellUnfinished(ManyReaders readers, ConcurrentMap<Integer, Long> sent) {
    List<String> unfinished = readers.unfinished(sent);
    System.out.printf(
        "%,d unfinished: %s%n", unfinished.size(), unfinished.stream().limit(20).toList());
  }

  private static long usedDirectBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  private static final class Peak {
    private final AtomicLong directBytes = new AtomicLong();
    private final AtomicLong heapBytes = new AtomicLong();
    private final AtomicBoolean isOver = new AtomicBoolean();

    private Peak() {
      Thread.ofPlatform().daemon().start(this::watch);
    }

    private void watch() {
      Runtime runtime = Runtime.getRuntime();
      while (!isOver.get()) {
        directBytes.accumulateAndGet(usedDirectBytes(), Math::max);
        heapBytes.accumulateAndGet(runtime.totalMemory() - runtime.freeMemory(), Math::max);
        try {
          TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    private void stop() {
      isOver.set(true);
    }
  }
}
