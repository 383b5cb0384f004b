package dev.tollgate.http;

import dev.tollgate.domain.Ids;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One port. Its connections are spread over lanes, and stay there; each lane has its own {@link
 * Router}. The event loops are the caller's, and outlive the server: stop it before them.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class HttpServer {
  private final HttpServerSettings settings;
  private final EventLoop acceptor;
  private final List<Lane> lanes;
  private final ServerChannel channel;

  /**
   * @param acceptor takes connections in; may be one of the lanes
   * @param lanes all of the same transport as the acceptor
   * @param routers makes a lane's router; called here, once for each
   * @param ids makes a lane's source of ids; called here, once for each
   * @param clock for the {@code Date} header
   * @throws IOException when the TLS files are not usable, with their names
   */
  public HttpServer(
      HttpServerSettings settings,
      EventLoop acceptor,
      List<? extends EventLoop> lanes,
      Function<? super EventLoop, Router> routers,
      Supplier<Ids> ids,
      InstantSource clock,
      ServerListener listener)
      throws IOException {
    this.settings = settings;
    this.acceptor = acceptor;
    HttpServerSettings.Tls files = settings.tls();
    SslContext tls = files == null ? null : ServerTls.context(files, settings.http2().enabled());
    this.lanes =
        lanes.stream()
            .map(
                loop ->
                    new Lane(loop, settings, tls, routers.apply(loop), ids.get(), clock, listener))
            .toList();
    this.channel = Transport.of(acceptor).newServerChannel();
    channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
    channel.config().setOption(ChannelOption.SO_BACKLOG, settings.backlog());
    channel.pipeline().addLast(new Acceptor(this.lanes, settings.connectionsMax(), listener));
  }

  /**
   * Binds the port and begins to accept. To be called once.
   *
   * @return fails with an {@link IOException} that names the address when it cannot be bound
   */
  public CompletionStage<@Nullable Void> start() {
    CompletableFuture<@Nullable Void> started = new CompletableFuture<>();
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
    acceptor
        .register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                channel.bind(address).addListener(bound -> complete(started, bound.cause()));
              } else {
                complete(started, registered.cause());
              }
            });
    return started;
  }

  private void complete(CompletableFuture<@Nullable Void> started, @Nullable Throwable cause) {
    if (cause == null) {
      started.complete(null);
    } else {
      channel.close();
      String address = settings.host() + ":" + settings.port();
      started.completeExceptionally(
          new IOException("cannot listen on " + address + ": " + cause.getMessage(), cause));
    }
  }

  /**
   * The port it listens on; the real one where the settings say 0.
   *
   * @throws IllegalStateException when it is not started
   */
  public int port() {
    if (channel.localAddress() instanceof InetSocketAddress bound) {
      return bound.getPort();
    }
    throw new IllegalStateException("not started");
  }

  /** Serves new requests by other routes, made as at the start. */
  public void reroute(Function<? super EventLoop, Router> routers) {
    for (Lane lane : lanes) {
      lane.loop().execute(() -> lane.reroute(routers.apply(lane.loop())));
    }
  }

  /**
   * Stops accepting, lets exchanges in flight end within {@code drainMillisMax}, and closes
   * everything.
   *
   * @return completed when no connection is left
   */
  public CompletionStage<@Nullable Void> stop() {
    CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    if (channel.isRegistered()) {
      channel.close().addListener(done -> closed.complete(null));
    } else {
      closed.complete(null);
    }
    return closed.thenCompose(
        nothing ->
            CompletableFuture.allOf(
                lanes.stream().map(Lane::drain).toArray(CompletableFuture[]::new)));
  }
}
