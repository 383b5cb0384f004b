package dev.tollgate.upstream;

import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of a {@link ProviderStreams}: whose each is, which of them hear something, and how
 * many there may be. For use on the connection's event loop only.
 */
final class CarriedStreams {
  private static final Logger LOG = LoggerFactory.getLogger(CarriedStreams.class);

  private final Http2Connection connection;
  private final Http2Connection.PropertyKey carriedBy;
  private final ProviderSettings provider;
  private final int streamsMax;

  /** Those whose calls have heard something in the read under way. */
  private final List<ProviderStream> heard = new ArrayList<>();

  /**
   * @param streamsMax of our own; the provider may allow fewer
   */
  CarriedStreams(Http2Connection connection, ProviderSettings provider, int streamsMax) {
    this.connection = connection;
    this.carriedBy = connection.newKey();
    this.provider = provider;
    this.streamsMax = streamsMax;
  }

  /** Null once the stream is over. */
  @Nullable ProviderStream of(int id) {
    return of(connection.stream(id));
  }

  @Nullable ProviderStream of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(carriedBy);
  }

  /** All that are there now, whatever happens to one of them meanwhile. */
  List<ProviderStream> copy() {
    List<ProviderStream> all = new ArrayList<>();
    try {
      connection.forEachActiveStream(
          stream -> {
            ProviderStream carried = of(stream);
            if (carried != null) {
              all.add(carried);
            }
            return true;
          });
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
    return all;
  }

  boolean isEmpty() {
    return connection.numActiveStreams() == 0;
  }

  /** Whether the provider lets there be any. */
  boolean areAllowed() {
    return max() > 0;
  }

  private int max() {
    return Math.min(streamsMax, connection.local().maxActiveStreams());
  }

  /** Whether there may be one more. */
  boolean hasRoom() {
    return connection.local().numActiveStreams() < max()
        && connection.local().lastStreamCreated() < Integer.MAX_VALUE - 2;
  }

  /**
   * A stream for one more call, of which nothing has been sent.
   *
   * @return null if the provider has just forbidden it
   */
  @Nullable Http2Stream open(ProviderStream carried) {
    try {
      int id = connection.local().incrementAndGetNextStreamId();
      Http2Stream stream = connection.local().createStream(id, false);
      stream.setProperty(carriedBy, carried);
      return stream;
    } catch (Http2Exception noRoom) {
      LOG.debug("{} takes no more requests on a connection", provider, noRoom);
      return null;
    }
  }

  /** Its call is told when all that could be read at once has been handed over. */
  void hears(ProviderStream stream) {
    if (!stream.isHeard()) {
      heard.add(stream);
    }
  }

  void readComplete() {
    for (int i = 0; i < heard.size(); i++) {
      heard.get(i).readComplete();
    }
    heard.clear();
  }
}
