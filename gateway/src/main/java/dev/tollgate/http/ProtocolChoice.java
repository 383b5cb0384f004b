package dev.tollgate.http;

import dev.tollgate.http.Patience.Wait;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A connection of which it is not known yet what will be spoken on it. Under TLS the handshake
 * says; in the clear HTTP/2 begins with a request line that no HTTP/1 client sends. Once it is
 * known this is gone, so that it costs a connection's first bytes a look, and the rest nothing.
 */
final class ProtocolChoice extends ChannelInboundHandlerAdapter implements ClientConnection {
  private static final byte[] PREFACE = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

  private final Lane lane;
  private final boolean encrypted;

  /** The beginning of a preface, or of something that is like it. */
  private @Nullable ByteBuf held;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private Patience patience;

  ProtocolChoice(Lane lane, boolean encrypted) {
    this.lane = lane;
    this.encrypted = encrypted;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    patience = new Patience(lane.settings(), ctx.channel().eventLoop(), this::drop);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    lane.opened(this);
    patience.with(Wait.REQUEST);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    patience.end();
    if (held != null) {
      held.release();
      held = null;
    }
    lane.closed(this);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      if (ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
        becomeHttp2();
      } else {
        becomeHttp1();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = joined((ByteBuf) message);
    int known = Math.min(bytes.readableBytes(), PREFACE.length);
    if (encrypted || !lane.settings().http2().enabled() || !isPreface(bytes, known)) {
      becomeHttp1();
    } else if (known == PREFACE.length) {
      becomeHttp2();
    } else {
      held = bytes;
      patience.with(Wait.HANDSHAKE);
      return;
    }
    ctx.fireChannelRead(bytes);
  }

  private ByteBuf joined(ByteBuf bytes) {
    ByteBuf before = held;
    if (before == null) {
      return bytes;
    }
    held = null;
    ByteBuf both = context.alloc().buffer(before.readableBytes() + bytes.readableBytes());
    both.writeBytes(before).writeBytes(bytes);
    before.release();
    bytes.release();
    return both;
  }

  private static boolean isPreface(ByteBuf bytes, int known) {
    for (int i = 0; i < known; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        return false;
      }
    }
    return true;
  }

  private void becomeHttp1() {
    RequestDecoder decoder = new RequestDecoder(lane.settings());
    ResponseEncoder encoder = new ResponseEncoder();
    Connection connection = new Connection(lane, decoder, encoder);
    become(connection, decoder, encoder, connection);
  }

  private void becomeHttp2() {
    StreamsConnection connection = StreamsConnection.of(lane);
    become(connection, connection);
  }

  private void become(ClientConnection connection, ChannelHandler... handlers) {
    patience.end();
    lane.became(this, connection);
    context.pipeline().addLast(handlers);
    context.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    lane.broke(cause);
    drop();
  }

  @Override
  public void drain() {
    drop();
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // a close that fails has nothing after it
  public void drop() {
    context.close();
  }
}
