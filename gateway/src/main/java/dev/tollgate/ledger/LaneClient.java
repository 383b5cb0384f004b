package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A Lettuce client, all of whose work happens on one given event loop; it has no thread of its own.
 * It never queues while disconnected and never repeats a command. Opening and closing block: not
 * for event loops. The rest is confined to the loop, but for what says otherwise.
 */
abstract class LaneClient {
  static {
    // Lettuce takes epoll before io_uring anyway, but complains at every connection about the
    // choice.
    if (System.getProperty("io.lettuce.core.iouring") == null) {
      System.setProperty("io.lettuce.core.iouring", "false");
    }
  }

  /**
   * Connects to every server that is needed.
   *
   * @throws LedgerUnavailableException when it cannot connect in time
   * @throws IllegalArgumentException when the settings cannot be used
   */
  @Blocking
  static LaneClient open(LedgerSettings settings, EventLoop loop) {
    return switch (settings.redis()) {
      case RedisAddress.Server server -> SingleClient.open(server, settings, loop);
      case RedisAddress.Cluster cluster -> ClusterClient.open(cluster, settings, loop);
    };
  }

  /** For commands with a key, which go to the server that has it. From any thread. */
  abstract RedisClusterAsyncCommands<String, String> commands();

  /** The server that has a key; null while none is known to. */
  abstract @Nullable RedisNode node(String key);

  /** The server that gets commands without a key. */
  abstract RedisNode keyless();

  /** The servers on which the ledger is, by their names. From any thread. */
  abstract List<RedisNode> nodes();

  /** Those, and others that still have something to answer. */
  abstract List<RedisNode> watched();

  /** Whether every key has a server. From any thread. */
  abstract boolean isComplete();

  /** Asks a server whether it is well. */
  abstract RedisFuture<String> probe(RedisClusterAsyncCommands<String, String> server);

  /** Whether it is, by what it answered. */
  abstract boolean isWell(String answer);

  /** Called every few milliseconds: connects to where the data is by now. */
  abstract void keepUp(long nowNanos);

  /** What is known of where the data is may be wrong: looks again soon. */
  abstract void lookAgain();

  @Blocking
  abstract void close();

  // ---- what all have in common

  @Blocking
  static <T extends @Nullable Object> T await(
      CompletionStage<T> connecting, long millisMax, LedgerSettings settings, Runnable close) {
    try {
      return connecting.toCompletableFuture().get(millisMax, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      close.run();
      throw new LedgerUnavailableException("cannot connect: " + settings, failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      close.run();
      throw new LedgerUnavailableException("interrupted while connecting", interrupted);
    }
  }

  @Blocking
  static void close(AbstractRedisClient client, ClientResources resources) {
    try {
      client.shutdownAsync(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException ignored) {
      // The loop is gone or the socket is stuck: both end with the process.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    var unused = resources.shutdown(0, 0, TimeUnit.SECONDS);
  }

  static ClientResources resources(LedgerSettings settings, EventLoop loop) {
    return ClientResources.builder()
        .eventLoopGroupProvider(new LaneLoopProvider(loop))
        .eventExecutorGroup(loop)
        .timer(new LaneTimer(loop))
        .nettyCustomizer(new HandshakeGuard())
        .commandLatencyRecorder(CommandLatencyRecorder.disabled())
        .reconnectDelay(
            Delay.fullJitter(
                Duration.ofMillis(Math.min(10, settings.reconnectMillisMax())),
                Duration.ofMillis(settings.reconnectMillisMax()),
                20,
                TimeUnit.MILLISECONDS))
        .build();
  }

  static void configure(ClientOptions.Builder options, LedgerSettings settings) {
    options
        .autoReconnect(true)
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .pingBeforeActivateConnection(true)
        .protocolVersion(ProtocolVersion.RESP2)
        .requestQueueSize(settings.commandsInFlightMax() + 64)
        .useHashIndexQueue(false)
        // Of a service that moves servers about; others would be asked in vain at every connection.
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        // Without a timer for each command: LaneConnection looks after those that wait.
        .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(Duration.ofMillis(settings.connectMillisMax()))
                .keepAlive(true)
                .tcpNoDelay(true)
                .build());
    if (!settings.trustCertificates().isEmpty()) {
      File certificates = new File(settings.trustCertificates());
      options.sslOptions(SslOptions.builder().trustManager(certificates).build());
    }
  }

  /**
   * @param answerMillisMax for each answer of a handshake
   */
  static RedisURI uri(String text, long answerMillisMax) {
    RedisURI uri = parsed(text);
    Duration timeout = Duration.ofMillis(answerMillisMax);
    uri.setTimeout(timeout);
    uri.setClientName("tollgate");
    uri.getSentinels().forEach(sentinel -> sentinel.setTimeout(timeout));
    return uri;
  }

  private static RedisURI parsed(String text) {
    try {
      return text.startsWith("unix:")
          ? RedisURI.Builder.socket(text.substring("unix:".length())).build()
          : RedisURI.create(text);
    } catch (IllegalArgumentException unreadable) {
      // Without its cause: that quotes the text, and with it the password.
      throw new IllegalArgumentException(
          "not the URI of a Redis: expected redis://…, rediss://…, redis-sentinel://…#primary or"
              + " unix:<path>");
    }
  }
}
