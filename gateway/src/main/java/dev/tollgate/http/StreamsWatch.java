package dev.tollgate.http;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the streams of a connection for those on which nothing moves: one timer for all of them,
 * set to when the first may have waited for too long. For use on the event loop only.
 */
final class StreamsWatch {
  private final Http2Connection connection;
  private final Http2Connection.PropertyKey exchanges;
  private final Deadline deadline;
  private boolean isWatching;
  private long untilNanos;

  /**
   * @param exchanges where a stream has its {@link StreamExchange}
   */
  StreamsWatch(EventLoop loop, Http2Connection connection, Http2Connection.PropertyKey exchanges) {
    this.connection = connection;
    this.exchanges = exchanges;
    this.deadline = new Deadline(loop, this::look);
  }

  /** Looks in so many milliseconds at the latest. */
  void within(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    if (!isWatching || until - untilNanos < 0) {
      isWatching = true;
      untilNanos = until;
      deadline.in(millis);
    }
  }

  void end() {
    deadline.cancel();
  }

  private void look() {
    isWatching = false;
    long now = System.nanoTime();
    long[] next = {StreamExchange.FOR_EVER};
    try {
      connection.forEachActiveStream(
          stream -> {
            StreamExchange exchange = stream.getProperty(exchanges);
            if (exchange != null) {
              next[0] = Math.min(next[0], exchange.check(now));
            }
            return true;
          });
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
    if (next[0] != StreamExchange.FOR_EVER) {
      within(TimeUnit.NANOSECONDS.toMillis(next[0]) + 1);
    }
  }
}
