package dev.tollgate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try at a connection: the TLS context, the addresses, a socket to the first of them that
 * accepts it, the handshake, in which the provider may choose HTTP/2, and then its hello. It ends
 * by telling who waits for it, unless it was abandoned: the time bound is theirs, and covers all of
 * it. Confined to the lane's event loop.
 */
final class ConnectionOpening {
  /** One of these is called once, unless the opening is abandoned. */
  interface Ending {
    void opened(ProviderConnection connection);

    /** HTTP/2 is spoken on it, and the provider has said hello. */
    void opened(ProviderStreams connection);

    /**
     * @param problem what is wrong with the provider, to follow its name
     */
    void failed(String problem);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOpening.class);
  private static final int CLOSE_NOTIFY_MILLIS_MAX = 1000;

  private final Connector connector;
  private final ProviderPool pool;
  private final Origin origin;
  private final @Nullable ProxyAddress proxy;
  private final Ending ending;
  private @Nullable SslContext tls;
  private @Nullable AddressRace race;
  private @Nullable Channel channel;
  private boolean isOver;

  ConnectionOpening(Connector connector, ProviderPool pool, Ending ending) {
    this.connector = connector;
    this.pool = pool;
    this.origin = pool.origin();
    this.proxy = pool.provider().reach().proxy();
    this.ending = ending;
  }

  void start() {
    if (origin.isTls()) {
      onLoop(
          connector.tls().of(pool.provider()),
          context -> {
            tls = context;
            lookUp();
          },
          failure ->
              failure instanceof TlsContexts.NoClientIdentityException
                  ? "has no usable client certificate"
                  : "has no usable certificates to trust");
    } else {
      lookUp();
    }
  }

  /** Nobody waits for it any more. */
  void abandon() {
    isOver = true;
    if (race != null && race.abandon()) {
      connector.addresses().forget(hostToReach());
    }
    if (channel != null) {
      var unused = channel.close();
    }
  }

  /** A proxy looks up the provider's name itself. */
  private String hostToReach() {
    return proxy == null ? origin.host() : proxy.host();
  }

  private void lookUp() {
    onLoop(
        connector.addresses().of(hostToReach()),
        this::reach,
        failure ->
            proxy == null
                ? "has a host name that cannot be resolved"
                : throughProxy("has a host name that cannot be resolved"));
  }

  /**
   * @param problem of the proxy
   */
  private String throughProxy(String problem) {
    return "cannot be reached: its proxy " + proxy + " " + problem;
  }

  /** Goes on at once if it can, else later on the event loop. */
  private <T> void onLoop(
      CompletableFuture<T> future, Consumer<T> next, Function<Throwable, String> problem) {
    if (future.isDone()) {
      goOn(future, next, problem);
    } else {
      var unused =
          future.whenComplete(
              (value, failure) -> connector.loop().execute(() -> goOn(future, next, problem)));
    }
  }

  private <T> void goOn(
      CompletableFuture<T> done, Consumer<T> next, Function<Throwable, String> problem) {
    if (isOver) {
      return;
    }
    if (done.isCompletedExceptionally()) {
      fail(problem.apply(done.exceptionNow()), done.exceptionNow());
    } else {
      next.accept(done.resultNow());
    }
  }

  private void reach(List<InetAddress> found) {
    List<InetSocketAddress> addresses =
        connector.addresses().order().of(found, proxy == null ? origin.port() : proxy.port());
    race = new AddressRace(connector, addresses, pool.lane()::now, new Race());
    race.start();
  }

  private final class Race implements AddressRace.Ending {
    @Override
    public void won(Channel winner, InetSocketAddress address) {
      channel = winner;
      if (proxy == null) {
        secure(winner, address);
      } else {
        ProxyTunnel.through(
            winner,
            proxy,
            origin,
            connector.settings(),
            () -> secure(winner, address),
            ConnectionOpening.this::onProxyFailed);
      }
    }

    @Override
    public void lost(Throwable lastFailure) {
      connector.addresses().forget(hostToReach());
      fail(proxy == null ? "cannot be reached" : throughProxy("cannot be reached"), lastFailure);
    }
  }

  private void onProxyFailed(String problem) {
    if (!isOver) {
      fail(throughProxy(problem), new ConnectException(problem));
    }
  }

  /** Gives the channel its handlers, before any byte has come. */
  private void secure(Channel connected, InetSocketAddress address) {
    if (isOver) {
      return;
    }
    if (tls == null) {
      speak(connected, pool.provider().reach().http2() == Http2Use.PRIOR_KNOWLEDGE);
      return;
    }
    SslHandler handshake = tls.newHandler(connected.alloc(), origin.host(), origin.port());
    handshake.setHandshakeTimeoutMillis(0);
    handshake.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS_MAX);
    connected.pipeline().addLast(handshake, new Handshake(handshake));
    handshake
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                onHandshakeFailed(address, done.cause());
              }
            });
  }

  /**
   * Waits for the end of the handshake, which says what is spoken. It is told by an event, since
   * that comes before anything that was read along with it; a listener of the future might come
   * later.
   */
  private final class Handshake extends ChannelInboundHandlerAdapter {
    private final SslHandler handshake;

    private Handshake(SslHandler handshake) {
      this.handshake = handshake;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent end && end.isSuccess() && !isOver) {
        context.pipeline().remove(this);
        speak(
            context.channel(),
            ApplicationProtocolNames.HTTP_2.equals(handshake.applicationProtocol()));
      }
    }

    /** The future says so, too. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("no TLS with {}", pool.provider(), cause);
    }
  }

  private void onHandshakeFailed(InetSocketAddress address, Throwable failure) {
    if (!isOver) {
      connector.addresses().order().failed(address);
      fail("failed the TLS handshake (" + rootMessage(failure) + ")", failure);
    }
  }

  private void speak(Channel secured, boolean isHttp2) {
    if (isHttp2) {
      secured.pipeline().addLast(StreamsReader.of(pool, new Hello()));
      return;
    }
    AnswerDecoder decoder = new AnswerDecoder(connector.settings());
    ProviderConnection connection = new ProviderConnection(pool, secured, decoder);
    secured.pipeline().addLast(decoder, new HttpRequestEncoder(), connection);
    if (!connection.isActive()) {
      fail(Breakage.CLOSED_AT_ONCE, new ClosedChannelException());
      return;
    }
    isOver = true;
    ending.opened(connection);
  }

  private final class Hello implements ProviderStreams.Hello {
    @Override
    public void said(ProviderStreams connection) {
      if (!isOver) {
        isOver = true;
        ending.opened(connection);
      }
    }

    @Override
    public void failed(String problem) {
      if (!isOver) {
        fail(problem, new ConnectException(problem));
      }
    }
  }

  private void fail(String problem, Throwable cause) {
    LOG.debug("no connection to {}: it {}", pool.provider(), problem, cause);
    abandon();
    ending.failed(problem);
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
}
