package dev.tollgate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try at a connection, for one call: the TLS context, the addresses, a socket to the first of
 * them that accepts it, the handshake. It ends by telling the pool, unless it was abandoned. The
 * call's own time bound covers all of it. Confined to the lane's event loop.
 */
final class ConnectionOpening {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOpening.class);
  private static final int CLOSE_NOTIFY_MILLIS_MAX = 1000;

  private final Connector connector;
  private final ProviderPool pool;
  private final PooledCall call;
  private final Origin origin;
  private @Nullable SslContext tls;
  private List<InetAddress> addresses = List.of();
  private int addressesTried;
  private @Nullable Channel channel;
  private boolean isOver;

  ConnectionOpening(Connector connector, ProviderPool pool, PooledCall call) {
    this.connector = connector;
    this.pool = pool;
    this.call = call;
    this.origin = pool.origin();
  }

  void start() {
    if (origin.isTls()) {
      onLoop(
          connector.tls().trusting(pool.provider().trustCertificates()),
          context -> {
            tls = context;
            lookUp();
          },
          "has no usable certificates to trust");
    } else {
      lookUp();
    }
  }

  /** Nobody waits for it any more. */
  void abandon() {
    isOver = true;
    if (channel != null) {
      var unused = channel.close();
    }
  }

  private void lookUp() {
    onLoop(
        connector.addresses().of(origin.host()),
        found -> {
          addresses = found;
          connectToNext();
        },
        "has a host name that cannot be resolved");
  }

  /** Goes on at once if it can, else later on the event loop. */
  private <T> void onLoop(CompletableFuture<T> future, Consumer<T> next, String problem) {
    if (future.isDone()) {
      goOn(future, next, problem);
    } else {
      var unused =
          future.whenComplete(
              (value, failure) -> connector.loop().execute(() -> goOn(future, next, problem)));
    }
  }

  private <T> void goOn(CompletableFuture<T> done, Consumer<T> next, String problem) {
    if (isOver) {
      return;
    }
    if (done.isCompletedExceptionally()) {
      fail(false, problem, done.exceptionNow());
    } else {
      next.accept(done.resultNow());
    }
  }

  /**
   * Not at once, but between two turns of the event loop. Epoll tells of readiness by file
   * descriptor: a socket that is opened in the midst of a turn may get the descriptor of one that
   * was closed in it, and with it what is still to be told of that, such as its end.
   */
  private void connectToNext() {
    connector.loop().execute(this::connect);
  }

  private void connect() {
    if (isOver) {
      return;
    }
    InetSocketAddress address = new InetSocketAddress(addresses.get(addressesTried), origin.port());
    int addressesLeft = addresses.size() - addressesTried;
    addressesTried++;
    AnswerDecoder decoder = new AnswerDecoder(connector.settings());
    Pipeline pipeline = new Pipeline(decoder);
    ChannelFuture connecting =
        connector
            .sockets()
            .clone()
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.max(1, pool.provider().connectMillisMax() / addressesLeft))
            .handler(pipeline)
            .connect(address);
    channel = connecting.channel();
    connecting.addListener(done -> onConnected(pipeline, done.cause()));
  }

  private void onConnected(Pipeline pipeline, @Nullable Throwable failure) {
    if (isOver) {
      return;
    }
    if (failure != null && addressesTried < addresses.size()) {
      connectToNext();
    } else if (failure != null) {
      connector.addresses().forget(origin.host());
      boolean isTimeout = failure instanceof ConnectTimeoutException;
      fail(isTimeout, isTimeout ? "did not accept a connection" : "cannot be reached", failure);
    } else if (pipeline.handshake == null) {
      succeed(pipeline);
    } else {
      pipeline.handshake.handshakeFuture().addListener(done -> onHandshake(pipeline, done.cause()));
    }
  }

  private void onHandshake(Pipeline pipeline, @Nullable Throwable failure) {
    if (isOver) {
      return;
    }
    if (failure == null) {
      succeed(pipeline);
    } else {
      fail(false, "failed the TLS handshake (" + rootMessage(failure) + ")", failure);
    }
  }

  private void succeed(Pipeline pipeline) {
    ProviderConnection connection = pipeline.connection;
    if (connection == null || !connection.isActive()) {
      fail(false, "closed the connection at once", new ClosedChannelException());
      return;
    }
    isOver = true;
    pool.opened(call, connection);
  }

  private void fail(boolean isTimeout, String problem, Throwable cause) {
    LOG.debug("no connection to {}: it {}", pool.provider(), problem, cause);
    abandon();
    pool.openingFailed(call, isTimeout, problem);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; root.getCause() != null && depth < 8; depth++) {
      root = root.getCause();
    }
    String message =
        root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    return message.length() > 200 ? message.substring(0, 200) : message;
  }

  /** Sets up the channel's handlers, on registration, before any byte can come. */
  private final class Pipeline extends ChannelInitializer<Channel> {
    private final AnswerDecoder decoder;
    private @Nullable SslHandler handshake;
    private @Nullable ProviderConnection connection;

    Pipeline(AnswerDecoder decoder) {
      this.decoder = decoder;
    }

    @Override
    protected void initChannel(Channel opened) {
      if (tls != null) {
        handshake = tls.newHandler(opened.alloc(), origin.host(), origin.port());
        handshake.setHandshakeTimeoutMillis(0);
        handshake.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS_MAX);
        opened.pipeline().addLast(handshake);
      }
      connection = new ProviderConnection(pool, opened, decoder);
      opened.pipeline().addLast(decoder, new HttpRequestEncoder(), connection);
    }
  }
}
