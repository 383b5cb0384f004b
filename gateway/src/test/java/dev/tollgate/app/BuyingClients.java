package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Clients that buy one answer after the other of several gateways, with several keys, streamed or
 * not; some hang up, at once or in the middle. While the ledger is away they are refused, and come
 * again. Anything else that goes wrong is a fault of the gateway, and fails the test at the end.
 */
final class BuyingClients implements AutoCloseable {
  private enum Manner {
    PLAIN,
    STREAMED,
    GONE_AT_ONCE,
    GONE_MIDWAY
  }

  private final List<GatewayForTests> gateways;
  private final List<String> keys;
  private final long seed;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger hungUp = new AtomicInteger();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> clients = new ArrayList<>();

  /** Read by a client that buys, written to let none of them. */
  private final ReentrantReadWriteLock mayBuy = new ReentrantReadWriteLock(true);

  private volatile boolean isStopped;

  private BuyingClients(List<GatewayForTests> gateways, List<String> keys, long seed) {
    this.gateways = gateways;
    this.keys = keys;
    this.seed = seed;
  }

  static BuyingClients start(
      List<GatewayForTests> gateways, List<String> keys, int count, long seed) {
    BuyingClients made = new BuyingClients(gateways, keys, seed);
    for (int i = 0; i < count; i++) {
      SplittableRandom random = new SplittableRandom(seed + 0x9E37_79B9_7F4AL * i);
      made.clients.add(made.threads.submit(() -> made.buyAll(random)));
    }
    return made;
  }

  /** What a provider does for them: answers in two pieces, now soon, now late. */
  static Script answer(OpenAiAnswers openAi, ReceivedRequest request) {
    long pause = request.json().path("seed").asLong(0);
    return Script.of(openAi.chat(request))
        .pauseMillis(pause % 40)
        .start()
        .upTo(200)
        .pauseMillis(pause % 250)
        .rest()
        .end();
  }

  /** A request that says which account pays for it, so that the provider's account does too. */
  static String body(GatewayForTests gateway, String key, boolean isStreamed, int seed) {
    return """
    {"model":"%s","max_tokens":%d,"stream":%s,"seed":%d,"user":"%s",\
    "messages":[{"role":"user","content":"What is the toll on the bridge at %d o'clock?"}]}\
    """
        .formatted(
            TestCard.CHAT,
            20 + seed % 60,
            isStreamed,
            seed,
            gateway.accountId(key).value(),
            seed % 24);
  }

  private void buyAll(SplittableRandom random) {
    while (!isStopped) {
      mayBuy.readLock().lock();
      try {
        buy(random);
      } catch (IOException | UncheckedIOException | AssertionError fault) {
        faults.add(fault.toString());
      } finally {
        mayBuy.readLock().unlock();
      }
    }
  }

  private void buy(SplittableRandom random) throws IOException {
    GatewayForTests gateway = gateways.get(random.nextInt(gateways.size()));
    String key = keys.get(random.nextInt(keys.size()));
    Manner manner = Manner.values()[Math.max(0, random.nextInt(8) - 4)];
    boolean isStreamed = manner == Manner.STREAMED || manner == Manner.GONE_MIDWAY;
    String body = body(gateway, key, isStreamed || random.nextBoolean(), random.nextInt(1 << 20));
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", body, "authorization", "Bearer " + key);
      switch (manner) {
        case PLAIN, STREAMED -> note(client.readAnswer());
        case GONE_AT_ONCE -> hangUp(client);
        case GONE_MIDWAY -> {
          if (client.readHead().status() == 200) {
            client.readBody(100);
          }
          hangUp(client);
        }
      }
    }
  }

  private void hangUp(RawClient client) throws IOException {
    hungUp.incrementAndGet();
    client.reset();
  }

  private void note(RawAnswer answer) {
    assertThat(answer.isWhole()).as("whole").isTrue();
    if (answer.status() == 200) {
      answered.incrementAndGet();
      return;
    }
    refused.incrementAndGet();
    assertUnavailable(answer.head(), answer.body());
    pause();
  }

  /** The only thing that a client is told while the ledger is away. */
  static void assertUnavailable(MessageHead head, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    assertThat(head.status()).as(text).isEqualTo(503);
    assertThat(text).contains("\"ledger_unavailable\"");
    assertThat(head.field("retry-after")).matches("[1-9][0-9]*");
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets all of them come to the end of what they buy, and does that while none buys. */
  void whileNoneBuys(Act act) throws Exception {
    mayBuy.writeLock().lock();
    try {
      act.run();
    } finally {
      mayBuy.writeLock().unlock();
    }
  }

  @FunctionalInterface
  interface Act {
    void run() throws Exception;
  }

  int answered() {
    return answered.get();
  }

  int refused() {
    return refused.get();
  }

  int hungUp() {
    return hungUp.get();
  }

  /** Lets all of them come to their end. */
  void finish() throws Exception {
    isStopped = true;
    for (Future<?> client : clients) {
      client.get(60, TimeUnit.SECONDS);
    }
    assertThat(faults).as("faults, of seed %d", seed).isEmpty();
  }

  @Override
  public void close() {
    isStopped = true;
    threads.close();
  }
}
