package dev.tollgate.http;

import dev.tollgate.domain.Ids;
import dev.tollgate.domain.RequestId;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server's share of one event loop: the connections that live there and what they have in common.
 * For use on that loop, but for {@link #admit} and {@link #drain}.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Lane {
  private final EventLoop loop;
  private final HttpServerSettings settings;
  private final @Nullable SslContext tls;
  private final Ids ids;
  private final DateHeader date;
  private final ServerListener listener;
  private final Set<Connection> connections = new HashSet<>();
  private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
  private Router router;
  private boolean draining;

  Lane(
      EventLoop loop,
      HttpServerSettings settings,
      @Nullable SslContext tls,
      Router router,
      Ids ids,
      InstantSource clock,
      ServerListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.tls = tls;
    this.router = router;
    this.ids = ids;
    this.date = new DateHeader(clock);
    this.listener = listener;
  }

  HttpServerSettings settings() {
    return settings;
  }

  ServerListener listener() {
    return listener;
  }

  Router router() {
    return router;
  }

  RequestId nextRequestId() {
    return ids.nextRequestId();
  }

  String date() {
    return date.now();
  }

  boolean isDraining() {
    return draining;
  }

  EventLoop loop() {
    return loop;
  }

  /** Serves new requests by other routes. */
  void reroute(Router routes) {
    router = routes;
  }

  /**
   * Takes over an accepted channel. On any thread. It joins the event loop between two of its
   * turns: in the midst of one it might be told what was meant for a socket that was closed in it,
   * and had the same file descriptor.
   */
  void admit(Channel channel) {
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    channel
        .config()
        .setWriteBufferWaterMark(
            new WriteBufferWaterMark(settings.lowWatermarkBytes(), settings.highWatermarkBytes()));
    channel.pipeline().addLast(new Initializer());
    try {
      loop.execute(() -> register(channel));
    } catch (RejectedExecutionException ended) {
      channel.unsafe().closeForcibly();
    }
  }

  private void register(Channel channel) {
    loop.register(channel)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) {
                channel.unsafe().closeForcibly();
              }
            });
  }

  void opened(Connection connection) {
    connections.add(connection);
    listener.connectionOpened();
    if (draining) {
      connection.drain();
    }
  }

  void closed(Connection connection) {
    connections.remove(connection);
    listener.connectionClosed();
    completeWhenEmpty();
  }

  /**
   * Lets begun answers end, within the bound, and closes everything else. On any thread.
   *
   * @return completed when no connection is left
   */
  CompletableFuture<@Nullable Void> drain() {
    loop.execute(
        () -> {
          draining = true;
          List.copyOf(connections).forEach(Connection::drain);
          completeWhenEmpty();
          if (!drained.isDone()) {
            loop.schedule(this::dropAll, settings.drainMillisMax(), TimeUnit.MILLISECONDS);
          }
        });
    return drained;
  }

  private void dropAll() {
    List.copyOf(connections).forEach(Connection::drop);
  }

  private void completeWhenEmpty() {
    if (draining && connections.isEmpty()) {
      drained.complete(null);
    }
  }

  private final class Initializer extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      if (tls != null) {
        SslHandler handler = tls.newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(settings.handshakeMillisMax());
        channel.pipeline().addLast(handler);
      }
      RequestDecoder decoder = new RequestDecoder(settings);
      ResponseEncoder encoder = new ResponseEncoder();
      channel.pipeline().addLast(decoder, encoder, new Connection(Lane.this, decoder, encoder));
    }
  }
}
