package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call's stream on a {@link ProviderStreams}: hands the answer to its call, holds it to what
 * its head has promised, and gives the provider the window back as the call's reader takes what has
 * come. Pieces of a body pass to the call's listener. Confined to the lane's event loop.
 */
final class ProviderStream implements Carrier {
  /** A smaller part of what it was read into is copied, rather than keep all of that. */
  private static final int KEPT_PER_PIECE = 4;

  /** As Netty counts a client's. */
  private static final int FIRST_ID = 3;

  private final ProviderStreams connection;
  private @Nullable PooledCall call;
  private @Nullable Http2Stream stream;
  private boolean isPaused;
  private boolean isHeard;
  private boolean hasBytes;
  private boolean hasHead;
  private boolean mayHaveBody;
  private boolean isToHead;
  private int interims;
  private long announcedBytes = -1;
  private long bodyBytes;

  /** Come while paused: the provider's to send anew once the reader goes on. */
  private int owedBytes;

  ProviderStream(ProviderStreams connection) {
    this.connection = connection;
  }

  @Override
  public void send(PooledCall newCall) {
    call = newCall;
    isToHead = newCall.isToHead();
    isPaused = newCall.isPaused();
    Http2Stream opened = connection.carried().open(this);
    if (opened == null) {
      call = null;
      newCall.notProcessed(connection, "takes no more requests on its connection");
    } else {
      stream = opened;
      connection.output().request(this, opened, newCall);
    }
  }

  /** Tells the call when its request has gone out. */
  ChannelPromise sending(PooledCall sent) {
    ChannelPromise promise = connection.output().newPromise();
    promise.addListener(
        done -> {
          if (sent.equals(call)) {
            if (done.isSuccess()) {
              sent.written();
            } else {
              sent.writeFailed();
            }
          }
        });
    return promise;
  }

  /** Whether its call waits for more. */
  boolean isUnderWay() {
    return call != null;
  }

  @Override
  public void setReading(boolean isReading) {
    isPaused = !isReading;
    if (isReading && owedBytes > 0 && stream != null) {
      int owed = owedBytes;
      owedBytes = 0;
      connection.output().giveBack(stream, owed);
    }
  }

  @Override
  public void discard() {
    call = null;
    reset(Http2Error.CANCEL);
  }

  private void reset(Http2Error error) {
    if (stream != null) {
      connection.output().reset(stream, error);
    }
  }

  // ---- the answer

  /** A head, an interim one, or trailers. */
  void onFields(Http2Headers fields, boolean isLast) {
    PooledCall reader = call;
    if (reader == null) {
      return;
    }
    hears();
    if (hasHead) {
      end(reader, StreamHeads.fieldsOf(fields));
      return;
    }
    HttpResponseStatus status = StreamHeads.statusOf(fields);
    if (status == null) {
      breakOff(Http2Error.PROTOCOL_ERROR, "answered with a status that is none");
    } else if (status.codeClass() == HttpStatusClass.INFORMATIONAL) {
      onInterim(reader, status, fields, isLast);
    } else {
      onHead(reader, status, StreamHeads.fieldsOf(fields), isLast);
    }
  }

  private void onInterim(
      PooledCall reader, HttpResponseStatus status, Http2Headers fields, boolean isLast) {
    interims++;
    if (status.code() == 101) {
      breakOff(Http2Error.PROTOCOL_ERROR, Breakage.SWITCHED_UNASKED);
    } else if (isLast) {
      breakOff(Http2Error.PROTOCOL_ERROR, "ended its answer before it had begun");
    } else if (interims > connection.pool().lane().settings().interimMax()) {
      breakOff(Http2Error.CANCEL, Breakage.TOO_MANY_INTERIMS);
    } else if (status.code() != 100) {
      reader.interim(status, StreamHeads.fieldsOf(fields));
    }
  }

  private void onHead(
      PooledCall reader, HttpResponseStatus status, HttpHeaders headers, boolean isLast) {
    hasHead = true;
    mayHaveBody = !isToHead && status.code() != 204 && status.code() != 304;
    if (mayHaveBody && headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      // Netty has seen to it that it is a number.
      announcedBytes = Long.parseLong(headers.get(HttpHeaderNames.CONTENT_LENGTH));
    }
    reader.head(status, headers);
    if (isLast && reader.equals(call)) {
      end(reader, EmptyHttpHeaders.INSTANCE);
    }
  }

  /**
   * A piece of the body, which stays the caller's.
   *
   * @return how much of its window the provider may have again
   */
  int onData(ByteBuf piece, int padding, boolean isLast) {
    int bytes = piece.readableBytes() + padding;
    PooledCall reader = call;
    if (reader == null) {
      return bytes;
    }
    hears();
    if (!hasHead) {
      breakOff(Http2Error.PROTOCOL_ERROR, "sent a body before its head");
      return bytes;
    }
    if (piece.isReadable()) {
      if (!mayHaveBody) {
        breakOff(Http2Error.PROTOCOL_ERROR, "sent a body where there can be none");
        return bytes;
      }
      bodyBytes += piece.readableBytes();
      reader.piece(own(piece));
    }
    if (isLast && reader.equals(call)) {
      end(reader, EmptyHttpHeaders.INSTANCE);
    }
    if (!isPaused || call == null) {
      return bytes;
    }
    owedBytes += bytes;
    return 0;
  }

  /**
   * Many streams share what is read at once. A slow reader's small piece would keep all of that for
   * as long as it waits, many times what the watermarks count.
   */
  private static ByteBuf own(ByteBuf piece) {
    ByteBuf whole = piece;
    while (whole.unwrap() != null) {
      whole = whole.unwrap();
    }
    int bytes = piece.readableBytes();
    return bytes < whole.capacity() / KEPT_PER_PIECE
        ? piece.alloc().buffer(bytes).writeBytes(piece, piece.readerIndex(), bytes)
        : piece.retain();
  }

  private void end(PooledCall reader, HttpHeaders trailers) {
    if (announcedBytes >= 0 && bodyBytes != announcedBytes) {
      // Netty lets an answer to HEAD pass, and takes any empty one for that.
      breakOff(Http2Error.PROTOCOL_ERROR, "sent less than it had announced");
      return;
    }
    call = null;
    if (stream != null && stream.state().localSideOpen()) {
      // It has answered without waiting for all of the request.
      connection.output().reset(stream, Http2Error.CANCEL);
    }
    reader.end(trailers);
  }

  private void hears() {
    hasBytes = true;
    connection.carried().hears(this);
    isHeard = true;
  }

  boolean isHeard() {
    return isHeard;
  }

  void readComplete() {
    isHeard = false;
    if (call != null) {
      call.readComplete();
    }
  }

  // ---- its other ends

  /** The provider has reset it. */
  void onReset(Http2Error error) {
    PooledCall lost = call;
    call = null;
    if (lost == null) {
      return;
    }
    if (error == Http2Error.REFUSED_STREAM && !hasBytes) {
      lost.notProcessed(connection, "refused the request on its connection");
    } else {
      lost.connectionLost(false, "reset its answer (" + error.name() + ")");
    }
  }

  /** The provider, or what was to be sent to it, breaks a rule or a bound. */
  void breakOff(Http2Error error, String problem) {
    PooledCall lost = call;
    call = null;
    reset(error);
    if (lost != null) {
      lost.connectionLost(false, problem);
    }
  }

  /** Netty has closed it: by what the provider said of it, or of the connection. */
  void closed() {
    PooledCall lost = call;
    call = null;
    if (lost == null || stream == null) {
      return;
    }
    if (connection.goodbye().isUnserved(stream) && !hasBytes) {
      lost.notProcessed(connection, "closed its connection before it took the request");
    } else {
      lost.connectionLost(false, "closed the stream before its answer was whole");
    }
  }

  /** With all of the connection. */
  void connectionLost(String problem) {
    PooledCall lost = call;
    call = null;
    if (lost != null) {
      boolean isFirst = stream == null || stream.id() <= FIRST_ID;
      lost.connectionLost(!isFirst && !hasBytes, problem);
    }
  }
}
