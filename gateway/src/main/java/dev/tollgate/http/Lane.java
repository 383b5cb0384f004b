package dev.tollgate.http;

import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's share of one event loop: the connections that live there and what they have in common.
 * For use on that loop, but for {@link #admit} and {@link #drain}.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Lane {
  private static final Logger log = LoggerFactory.getLogger(Lane.class);

  private final EventLoop loop;
  private final HttpServerSettings settings;
  private final @Nullable SslContext tls;
  private final Ids ids;
  private final DateHeader date;
  private final ServerListener listener;
  private final Set<ClientConnection> connections = new HashSet<>();
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

  void opened(ClientConnection connection) {
    connections.add(connection);
    listener.connectionOpened();
    if (draining) {
      connection.drain();
    }
  }

  /** It is known what is spoken on a connection. */
  void became(ClientConnection undecided, ClientConnection connection) {
    connections.remove(undecided);
    connections.add(connection);
  }

  void closed(ClientConnection connection) {
    connections.remove(connection);
    listener.connectionClosed();
    completeWhenEmpty();
  }

  // ---- what all protocols do with a request

  /** Hands a request to the handler of its route. */
  RequestSink begin(OpenResponse response, Target target, HttpHeaders headers) {
    Router.Match match = router.match(response.method(), target.path());
    return match
        .handler()
        .begin(
            new ServerRequest(
                response.id(),
                response.method(),
                target.path(),
                target.query(),
                headers,
                System.nanoTime(),
                match.parameters()),
            response);
  }

  Malformed noTunnel(String target) {
    return new Malformed(
        HttpResponseStatus.METHOD_NOT_ALLOWED,
        new Refusal.MethodNotAllowed("CONNECT", target, router.allMethods()));
  }

  /**
   * @param path decides on the dialect; empty where none could be read
   */
  Reply refusal(Malformed malformed, String path, RequestId id) {
    Reply reply = router.refusals().render(malformed.refusal(), path, id);
    if (malformed.refusal() instanceof Refusal.MethodNotAllowed wrong) {
      reply.with(HttpHeaderNames.ALLOW, String.join(", ", wrong.allowed()));
    }
    return new Reply(malformed.status(), reply.headers(), reply.body());
  }

  /** A handler threw. */
  void failed(RequestId id, RuntimeException bug) {
    log.error("request {} failed", id, bug);
    listener.faulted(bug);
  }

  /** A connection failed. */
  void broke(Throwable cause) {
    if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
      log.debug("connection lost", cause);
    } else {
      log.error("a fault on a connection", cause);
      listener.faulted(cause);
    }
  }

  // ---- the end

  /**
   * Lets begun answers end, within the bound, and closes everything else. On any thread.
   *
   * @return completed when no connection is left
   */
  CompletableFuture<@Nullable Void> drain() {
    loop.execute(
        () -> {
          draining = true;
          List.copyOf(connections).forEach(ClientConnection::drain);
          completeWhenEmpty();
          if (!drained.isDone()) {
            loop.schedule(this::dropAll, settings.drainMillisMax(), TimeUnit.MILLISECONDS);
          }
        });
    return drained;
  }

  private void dropAll() {
    List.copyOf(connections).forEach(ClientConnection::drop);
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
      channel.pipeline().addLast(new ProtocolChoice(Lane.this, tls != null));
    }
  }
}
