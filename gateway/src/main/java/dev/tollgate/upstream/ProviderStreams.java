package dev.tollgate.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection with HTTP/2 on it as its pool knows it, from the provider's hello to its end, and
 * all calls that it carries, each on a {@link ProviderStream}; it sees to it that every one of them
 * hears how it ends. What is read is told to it by a {@link StreamsReader}. Confined to the lane's
 * event loop.
 */
final class ProviderStreams {
  /** Who waits for the provider's hello; one of these is called once, at the latest on closing. */
  interface Hello {
    void said(ProviderStreams connection);

    /**
     * @param problem what is wrong with the provider, to follow its name
     */
    void failed(String problem);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ProviderStreams.class);

  private final ProviderPool pool;
  private final Hello hello;
  private final ChannelHandlerContext context;
  private final CarriedStreams carried;
  private final ProviderOutput output;
  private final ProviderGoodbye goodbye;
  private final ProviderWatch watch;
  private boolean isOpen;
  private boolean isGone;
  private boolean isIdle;
  private long openedNanos;
  private long idleSinceNanos;

  /**
   * @param reader of the connection, to which nothing has come yet
   * @param context the reader's
   */
  ProviderStreams(
      ProviderPool pool, Hello hello, StreamsReader reader, ChannelHandlerContext context) {
    Http2Connection connection = reader.connection();
    StreamBounds bounds = pool.lane().settings().http2();
    this.pool = pool;
    this.hello = hello;
    this.context = context;
    this.carried = new CarriedStreams(connection, pool.provider(), bounds.streamsMax());
    this.output = new ProviderOutput(this, reader, context);
    this.goodbye = new ProviderGoodbye(context, reader.encoder());
    this.watch = new ProviderWatch(output, bounds);
    reader.decoder().frameListener(new AnswerFrames(this));
    connection.addListener(
        new Http2ConnectionAdapter() {
          @Override
          public void onStreamClosed(Http2Stream stream) {
            closed(stream);
          }
        });
  }

  // ---- the connection's life

  /** The provider's first settings, or later ones. */
  void onSettings() {
    if (isGone) {
      return;
    }
    if (isOpen) {
      pool.roomChanged(this);
    } else if (!carried.areAllowed()) {
      lose("allows no requests on its connections");
    } else {
      hello.said(this);
    }
  }

  /** It is the pool's from now on. */
  void open() {
    isOpen = true;
    openedNanos = pool.lane().now();
    becomeIdle();
  }

  long openedNanos() {
    return openedNanos;
  }

  boolean isIdle() {
    return isIdle;
  }

  long idleSince() {
    return idleSinceNanos;
  }

  private void becomeIdle() {
    isIdle = true;
    idleSinceNanos = pool.lane().now();
    pool.lane().idleChanged(1);
  }

  private void leaveIdle() {
    if (isIdle) {
      isIdle = false;
      watch.hears();
      pool.lane().idleChanged(-1);
    }
  }

  /** Closes it in good order; it must be idle. */
  void discard() {
    if (isGone) {
      return;
    }
    goodbye.say(Http2Error.NO_ERROR);
    leave();
    pool.serveWaiting();
  }

  private void leave() {
    isGone = true;
    leaveIdle();
    pool.forget(this);
    var unused = context.close();
  }

  /** It broke, or the provider broke the protocol: its calls hear of it. */
  void lose(String problem) {
    if (isGone) {
      return;
    }
    if (!isOpen) {
      isGone = true;
      var unused = context.close();
      hello.failed(problem);
      return;
    }
    List<ProviderStream> lost = carried.copy();
    leave();
    for (ProviderStream stream : lost) {
      stream.connectionLost(problem);
    }
    pool.serveWaiting();
  }

  /** Takes no more calls; those on later streams have not been looked at. */
  void onGoAway(int last, long error) {
    LOG.debug("{} says goodbye ({})", pool.provider(), Http2Error.valueOf(error));
    if (!isOpen) {
      lose("says goodbye at once");
      return;
    }
    goodbye.hear(last);
    // By a task, since Netty closes the later streams only after this.
    context.channel().eventLoop().execute(this::closeWhenDone);
  }

  private void closeWhenDone() {
    if (!isGone && isIdle) {
      discard();
    }
  }

  // ---- streams

  /** Whether it takes one more call. */
  boolean hasRoom() {
    return !isGone && !goodbye.isDraining() && carried.hasRoom();
  }

  /** It must have room. */
  void carry(PooledCall call) {
    leaveIdle();
    call.sendOn(new ProviderStream(this));
  }

  private void closed(Http2Stream stream) {
    if (isGone || !isOpen) {
      return;
    }
    ProviderStream over = carried.of(stream);
    if (over != null) {
      over.closed();
    }
    if (!carried.isEmpty()) {
      pool.roomChanged(this);
      return;
    }
    becomeIdle();
    if (goodbye.isDraining() || pool.lane().isClosed()) {
      discard();
    } else {
      pool.roomChanged(this);
    }
  }

  // ---- time

  /**
   * Asks whether anybody is there, where nothing has come for a while.
   *
   * @param isKeptWarm whether it matters though no call waits
   */
  void check(long now, boolean isKeptWarm) {
    String problem = watch.problem(now, !isIdle || isKeptWarm);
    if (problem != null) {
      lose(problem);
    }
  }

  // ---- what its streams and its reader use

  ProviderPool pool() {
    return pool;
  }

  /** Whether it is the pool's. */
  boolean isOpen() {
    return isOpen && !isGone;
  }

  boolean isGone() {
    return isGone;
  }

  CarriedStreams carried() {
    return carried;
  }

  ProviderOutput output() {
    return output;
  }

  ProviderGoodbye goodbye() {
    return goodbye;
  }

  ProviderWatch watch() {
    return watch;
  }
}
