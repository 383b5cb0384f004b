package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of HTTP/1.1: sends a request, hands the answer to its call, and goes back to the
 * pool if the answer is whole, the request fully written, and nothing more has come. While idle it
 * goes on reading, so that it is gone as soon as the provider closes it. What arrives for no call
 * is released here; pieces of a body pass to the call's listener. Confined to the lane's event
 * loop.
 */
final class ProviderConnection extends ChannelInboundHandlerAdapter implements Carrier {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderConnection.class);

  private final ProviderPool pool;
  private final Channel channel;
  private final AnswerDecoder decoder;
  private @Nullable PooledCall call;
  private boolean isOpen;
  private boolean isGone;
  private boolean isIdle;
  private long idleSinceNanos;
  private boolean isReused;
  private boolean isWritten;
  private boolean mayBeKept;
  private boolean hasHead;
  private boolean isMidRead;
  private int interims;
  private @Nullable HttpHeaders switching;

  ProviderConnection(ProviderPool pool, Channel channel, AnswerDecoder decoder) {
    this.pool = pool;
    this.channel = channel;
    this.decoder = decoder;
  }

  boolean isActive() {
    return channel.isActive();
  }

  void open() {
    isOpen = true;
  }

  boolean isIdle() {
    return isIdle;
  }

  long idleSince() {
    return idleSinceNanos;
  }

  void idleFrom(long now) {
    isIdle = true;
    idleSinceNanos = now;
  }

  void leaveIdle() {
    isIdle = false;
  }

  @Override
  public void send(PooledCall newCall) {
    call = newCall;
    isWritten = false;
    mayBeKept = false;
    hasHead = false;
    isMidRead = false;
    interims = 0;
    switching = null;
    decoder.expectAnswer(newCall.isToHead());
    setReading(!newCall.isPaused());
    channel
        .writeAndFlush(newCall.message(isReused))
        .addListener(done -> onWritten(newCall, done.isSuccess()));
  }

  private void onWritten(PooledCall writtenCall, boolean isSuccess) {
    if (call != writtenCall) {
      return;
    }
    isWritten = isSuccess;
    if (isSuccess) {
      writtenCall.written();
    } else {
      writtenCall.writeFailed();
    }
  }

  @Override
  public void setReading(boolean isReading) {
    if (channel.config().isAutoRead() != isReading) {
      channel.config().setAutoRead(isReading);
    }
  }

  /** Closes it, whatever it is doing; nobody is told. */
  @Override
  public void discard() {
    if (isGone) {
      return;
    }
    isGone = true;
    call = null;
    pool.forget(this);
    var unused = channel.close();
    pool.serveWaiting();
  }

  /** It broke, or the provider broke the protocol: its call hears of it. */
  private void lose(String problem) {
    if (isGone || !isOpen) {
      return;
    }
    PooledCall lost = call;
    isGone = true;
    call = null;
    pool.forget(this);
    var unused = channel.close();
    if (lost != null) {
      lost.connectionLost(isReused && !decoder.hasBytes(), problem);
    }
    pool.serveWaiting();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (call == null) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
      LOG.debug("{} sent no HTTP", pool.provider(), part.decoderResult().cause());
      ReferenceCountUtil.release(message);
      lose(Breakage.NOT_HTTP);
    } else if (message instanceof HttpResponse response) {
      onHead(call, response);
    } else if (message instanceof HttpContent content) {
      onContent(call, content);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void onHead(PooledCall reader, HttpResponse response) {
    isMidRead = true;
    if (response.protocolVersion().majorVersion() != 1 || response.status().code() > 999) {
      lose("answered with " + response.protocolVersion() + " " + response.status().code());
    } else if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      onInterim(reader, response);
    } else if (response.status().code() < 200) {
      lose("answered with the status " + response.status().code());
    } else if (!hasPlainFraming(response.headers())) {
      lose("framed its answer in a way that cannot be trusted");
    } else {
      hasHead = true;
      mayBeKept = HttpUtil.isKeepAlive(response);
      reader.head(response.status(), response.headers());
    }
  }

  private void onInterim(PooledCall reader, HttpResponse response) {
    interims++;
    if (response.status().code() == 101) {
      onSwitching(reader, response.headers());
    } else if (interims > pool.lane().settings().interimMax()) {
      lose(Breakage.TOO_MANY_INTERIMS);
    } else if (response.status().code() != 100) {
      reader.interim(response.status(), response.headers());
    }
  }

  /** The connection leaves HTTP once the empty end of this head has come, which is at once. */
  private void onSwitching(PooledCall reader, HttpHeaders headers) {
    SocketRequest socket = reader.socket();
    String fault = socket == null ? Breakage.SWITCHED_UNASKED : socket.fault(headers);
    if (fault != null) {
      lose(fault);
    } else {
      switching = headers;
    }
  }

  /** It stays in the pool's count until it is closed, and is nothing else of the pool's. */
  private void leave(PooledCall reader, SocketRequest socket, HttpHeaders headers) {
    call = null;
    isGone = true;
    reader.switched();
    pool.lane().keep(channel);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              pool.forget(this);
              pool.serveWaiting();
            });
    ChannelPipeline pipeline = channel.pipeline();
    setReading(true);
    pipeline.remove(this);
    pipeline.remove(HttpRequestEncoder.class);
    socket.switched(headers, channel);
    // Last: what it has of the other protocol goes to the handlers that are there now.
    pipeline.remove(decoder);
  }

  /** Transfer codings other than chunked cannot be undone here, nor be passed on. */
  private static boolean hasPlainFraming(HttpHeaders headers) {
    List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    return codings.isEmpty()
        || (codings.size() == 1
            && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst().trim())
            && !headers.contains(HttpHeaderNames.CONTENT_LENGTH));
  }

  private void onContent(PooledCall reader, HttpContent content) {
    if (!hasHead) {
      // The empty end of a 1xx.
      content.release();
      SocketRequest socket = reader.socket();
      if (switching != null && socket != null) {
        leave(reader, socket, switching);
      }
      return;
    }
    ByteBuf piece = content.content();
    if (piece.isReadable()) {
      isMidRead = true;
      reader.piece(piece);
    } else {
      content.release();
    }
    // Ending the call may be too late: the listener may have cancelled it.
    if (content instanceof LastHttpContent last && call == reader) {
      call = null;
      setReading(true);
      // Bytes read along with the answer's last are only known to be there once this read is over.
      channel.eventLoop().execute(this::recycle);
      reader.end(last.trailingHeaders());
    }
  }

  private void recycle() {
    if (isGone) {
      return;
    }
    if (mayBeKept && isWritten && channel.isActive() && !decoder.hasSurplus()) {
      isReused = true;
      pool.release(this);
    } else {
      discard();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (call != null && isMidRead) {
      isMidRead = false;
      call.readComplete();
    } else if (call == null && isIdle && decoder.hasSurplus()) {
      discard();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lose(Breakage.CLOSED);
  }

  /**
   * The end of TLS. Without the provider's close_notify somebody on the way may have cut the
   * connection, so that an answer that ends with it cannot count as whole.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent end) {
      if (end.isSuccess()) {
        var unused = channel.close();
      } else {
        lose("cut the TLS connection before its answer was whole");
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException || cause instanceof DecoderException)) {
      LOG.error("a call to {} ends by a fault of our own", pool.provider(), cause);
    } else if (isOpen && !isGone) {
      LOG.debug("the connection to {} broke", pool.provider(), cause);
    }
    lose(Breakage.of(cause));
    var unused = channel.close();
  }
}
