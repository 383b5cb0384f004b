package dev.tollgate.ledger;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.protocol.DefaultEndpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server as one lane sees it: a connection, and what is waiting for its answers. It answers in
 * the order in which it was asked, so when the oldest command waits for too long, all do. Confined
 * to the loop, but for what says otherwise.
 */
final class RedisNode {
  private static final Logger log = LoggerFactory.getLogger(RedisNode.class);

  private static final long RECONNECT_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final ArrayDeque<ExpectedAnswer> inFlight = new ArrayDeque<>();
  private long reconnectedNanos = System.nanoTime() - RECONNECT_NANOS_MIN;
  private long probedNanos = System.nanoTime();

  private volatile @Nullable Connection connection;
  private volatile boolean isStalled;
  private volatile boolean isUnproven;
  private volatile boolean isOutOfService;

  private record Connection(
      StatefulConnection<String, String> channel,
      @Nullable DefaultEndpoint endpoint,
      RedisClusterAsyncCommands<String, String> commands) {}

  /**
   * @param name for messages; no secret in it
   */
  RedisNode(String name) {
    this.name = name;
  }

  /** From any thread. */
  String name() {
    return name;
  }

  /** The connection to it is this from now on. From any thread. */
  void use(
      StatefulConnection<String, String> channel,
      RedisClusterAsyncCommands<String, String> commands) {
    connection = new Connection(channel, endpoint(channel), commands);
  }

  /**
   * What can break the connection; null for that to a cluster as a whole. Lettuce hides it behind a
   * writer of its own where it is to time commands out, which it must not be: see {@link
   * LaneClient#configure}.
   */
  private static @Nullable DefaultEndpoint endpoint(StatefulConnection<String, String> channel) {
    if (channel instanceof StatefulRedisClusterConnection) {
      return null;
    }
    if (channel instanceof RedisChannelHandler<?, ?> handler
        && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
      return endpoint;
    }
    throw new IllegalStateException("a connection to Redis that cannot be broken: " + channel);
  }

  /** For commands to this server alone; null before there has been a connection. Any thread. */
  @Nullable RedisClusterAsyncCommands<String, String> commands() {
    Connection current = connection;
    return current == null ? null : current.commands();
  }

  /** Whether there is a connection; one that broke makes itself again. From any thread. */
  boolean isOpen() {
    Connection current = connection;
    return current != null && current.channel().isOpen();
  }

  /** Whether it is connected, answers, and does its part. From any thread. */
  boolean isAvailable() {
    return isOpen() && !isStalled && !isUnproven && !isOutOfService;
  }

  /** Why a command would not be sent to it; null when it would. */
  @Nullable String refusal() {
    if (!isOpen()) {
      return "Redis is not connected: " + name;
    }
    return isStalled ? "Redis does not answer: " + name : null;
  }

  /** It answers: it serves, or says itself that it does not. */
  void outOfService(boolean isOut) {
    isUnproven = false;
    if (isOut != isOutOfService) {
      isOutOfService = isOut;
      if (isOut) {
        log.warn("Redis {} answers, but does not serve", name);
      } else {
        log.info("Redis {} serves again", name);
      }
    }
  }

  /** Breaks the connection, so that another is made; everything in flight fails. Once a second. */
  void reconnect(long nowNanos, String why) {
    Connection current = connection;
    if (current != null && nowNanos - reconnectedNanos >= RECONNECT_NANOS_MIN) {
      reconnectedNanos = nowNanos;
      log.warn("Redis {} {}: reconnecting", name, why);
      DefaultEndpoint endpoint = current.endpoint();
      if (endpoint != null) {
        endpoint.disconnect();
      }
    }
  }

  /**
   * Whether it is time to ask it whether it is well; if so, it counts as asked. After a connection
   * was lost it is, as soon as there is another.
   */
  boolean takeProbe(long nowNanos, long everyNanos) {
    if (!isOpen()) {
      isUnproven = true;
      probedNanos = nowNanos - everyNanos;
      return false;
    }
    boolean isDue = nowNanos - probedNanos >= everyNanos && !isStalled;
    if (isDue) {
      probedNanos = nowNanos;
    }
    return isDue;
  }

  // ---- what waits

  void expect(ExpectedAnswer answer) {
    inFlight.add(answer);
  }

  boolean isIdle() {
    return inFlight.isEmpty();
  }

  /** Forgets what has been answered, from the oldest on. */
  void dropAnswered() {
    while (!inFlight.isEmpty() && inFlight.peek().isAnswered()) {
      inFlight.poll();
    }
    ExpectedAnswer oldest = inFlight.peek();
    isStalled = oldest != null && oldest.isGivenUp();
  }

  /** What has waited for so long and had not been given up; it counts as given up now. */
  List<ExpectedAnswer> takeOverdue(long nowNanos, long answerNanosMax) {
    List<ExpectedAnswer> overdue = new ArrayList<>();
    for (ExpectedAnswer expected : inFlight) {
      if (expected.ageNanos(nowNanos) < answerNanosMax) {
        break;
      }
      if (!expected.isAnswered() && expected.markGivenUp()) {
        overdue.add(expected);
      }
    }
    dropAnswered();
    return overdue;
  }

  long oldestNanos(long nowNanos) {
    ExpectedAnswer oldest = inFlight.peek();
    return oldest == null ? 0 : oldest.ageNanos(nowNanos);
  }

  @Override
  public String toString() {
    return name;
  }
}
