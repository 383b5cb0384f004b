package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.File;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A Lettuce client with one connection, all of whose work happens on one given event loop; it has
 * no thread of its own. It never queues while disconnected and never repeats a command. Opening and
 * closing block: not for event loops.
 */
final class LaneClient {
  static {
    // Lettuce takes epoll before io_uring anyway, but complains at every connection about the
    // choice.
    if (System.getProperty("io.lettuce.core.iouring") == null) {
      System.setProperty("io.lettuce.core.iouring", "false");
    }
  }

  private final ClientResources resources;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final CurrentChannel channel;

  private LaneClient(
      ClientResources resources,
      RedisClient client,
      StatefulRedisConnection<String, String> connection,
      CurrentChannel channel) {
    this.resources = resources;
    this.client = client;
    this.connection = connection;
    this.channel = channel;
  }

  /**
   * @throws LedgerUnavailableException when it cannot connect in time
   * @throws IllegalArgumentException when the settings cannot be used
   */
  @Blocking
  static LaneClient open(LedgerSettings settings, EventLoop loop) {
    RedisURI uri = uri(settings);
    ClientOptions options = options(settings);
    CurrentChannel channel = new CurrentChannel();
    ClientResources resources = resources(settings, loop, channel);
    RedisClient client = RedisClient.create(resources);
    client.setOptions(options);
    try {
      var connecting = client.connectAsync(StringCodec.UTF8, uri).toCompletableFuture();
      return new LaneClient(
          resources,
          client,
          connecting.get(2L * settings.connectMillisMax(), TimeUnit.MILLISECONDS),
          channel);
    } catch (ExecutionException | TimeoutException failure) {
      close(client, resources);
      throw new LedgerUnavailableException("cannot connect: " + settings, failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      close(client, resources);
      throw new LedgerUnavailableException("interrupted while connecting", interrupted);
    }
  }

  StatefulRedisConnection<String, String> connection() {
    return connection;
  }

  /** Breaks the connection, so that Lettuce makes a new one; everything in flight fails. */
  void reconnect() {
    Channel current = channel.channel;
    if (current != null) {
      var unused = current.close();
    }
  }

  void close() {
    close(client, resources);
  }

  @Blocking
  private static void close(RedisClient client, ClientResources resources) {
    try {
      client.shutdownAsync(0, 1, TimeUnit.SECONDS).get(2, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException ignored) {
      // The loop is gone or the socket is stuck: both end with the process.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    var unused = resources.shutdown(0, 0, TimeUnit.SECONDS);
  }

  private static ClientResources resources(
      LedgerSettings settings, EventLoop loop, CurrentChannel channel) {
    return ClientResources.builder()
        .eventLoopGroupProvider(new LaneLoopProvider(loop))
        .eventExecutorGroup(loop)
        .timer(new LaneTimer(loop))
        .commandLatencyRecorder(CommandLatencyRecorder.disabled())
        .nettyCustomizer(channel)
        .reconnectDelay(
            Delay.fullJitter(
                Duration.ofMillis(Math.min(10, settings.reconnectMillisMax())),
                Duration.ofMillis(settings.reconnectMillisMax()),
                20,
                TimeUnit.MILLISECONDS))
        .build();
  }

  private static ClientOptions options(LedgerSettings settings) {
    ClientOptions.Builder options =
        ClientOptions.builder()
            .autoReconnect(true)
            // How long to wait for an answer is the connection's to know, without a timer for each.
            .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .replayFilter(command -> true)
            .pingBeforeActivateConnection(true)
            .protocolVersion(ProtocolVersion.RESP2)
            .requestQueueSize(settings.commandsInFlightMax() + 64)
            .useHashIndexQueue(false)
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
    return options.build();
  }

  private static RedisURI uri(LedgerSettings settings) {
    RedisURI uri = parsed(settings.uri());
    uri.setTimeout(Duration.ofMillis(settings.connectMillisMax()));
    uri.setClientName("tollgate");
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
          "not the URI of a Redis: expected redis://…, rediss://… or unix:<path>");
    }
  }

  /** Remembers the channel that Lettuce made last; it makes a new one at each reconnect. */
  private static final class CurrentChannel implements NettyCustomizer {
    private volatile @Nullable Channel channel;

    @Override
    public void afterChannelInitialized(Channel made) {
      this.channel = made;
    }
  }
}
