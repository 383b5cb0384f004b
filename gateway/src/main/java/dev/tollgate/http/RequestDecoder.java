package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Makes requests of bytes, one at a time: after the end of a request it keeps what follows
 * undecoded until {@link #resume()}, and stops reading when that grows beyond its bound. It passes
 * on an {@link HttpRequest}, its {@link HttpContent}s and {@link LastHttpContent}, all of them
 * sound, or a {@link Malformed}, after which it takes everything in and passes on nothing. Whoever
 * gets a content releases it.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private enum State {
    HEAD,
    BODY,
    HELD,
    DISCARDING
  }

  private static final int PIECE_BYTES_MAX = 64 * 1024;

  private final int pipelinedBytesMax;
  private State state = State.HEAD;
  private boolean requestLineRead;
  private String target = "";
  private boolean headBegun;
  private boolean reading;
  private long discardedBytes;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  RequestDecoder(HttpServerSettings settings) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.requestLineBytesMax())
            .setMaxHeaderSize(settings.headBytesMax())
            .setMaxChunkSize(PIECE_BYTES_MAX)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
    this.pipelinedBytesMax = settings.pipelinedBytesMax();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** Whether a part of a head has come, but not all of it. */
  boolean isHeadBegun() {
    return headBegun;
  }

  /** The path that the present request line names; empty while there is none, or it names none. */
  String path() {
    Target named = Target.of(HttpMethod.GET, target);
    return named == null ? "" : named.path();
  }

  /** Whether bytes wait behind the present request. */
  boolean hasPipelined() {
    return actualReadableBytes() > 0;
  }

  /** How much has come since {@link #discard()}. */
  long discardedBytes() {
    return discardedBytes;
  }

  /** Goes on to the next request, at once if it is there already. */
  void resume() {
    if (state != State.HELD) {
      return;
    }
    state = State.HEAD;
    target = "";
    if (!reading && hasPipelined()) {
      channelRead(context, Unpooled.EMPTY_BUFFER);
    }
    if (state != State.HELD || actualReadableBytes() <= pipelinedBytesMax) {
      context.channel().config().setAutoRead(true);
    }
  }

  /** From now on reads only to throw away. */
  void discard() {
    state = State.DISCARDING;
    headBegun = false;
    context.channel().config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean outermost = !reading;
    reading = true;
    try {
      super.channelRead(ctx, message);
    } catch (RuntimeException fault) {
      throw fault;
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    } finally {
      reading = !outermost;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (ctx.channel().config().isAutoRead()) {
      super.channelReadComplete(ctx);
    } else {
      // The superclass would ask for more, since nothing was passed on; but that is the intent.
      ctx.fireChannelReadComplete();
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    switch (state) {
      case HELD -> {
        if (in.readableBytes() > pipelinedBytesMax) {
          ctx.channel().config().setAutoRead(false);
        }
      }
      case DISCARDING -> {
        discardedBytes += in.readableBytes();
        in.skipBytes(in.readableBytes());
      }
      case BODY -> {
        super.decode(ctx, in, out);
        examine(out);
      }
      case HEAD -> decodeHead(ctx, in, out);
    }
  }

  /** What is not whole when the connection ends is of no use to anybody. */
  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {}

  private void decodeHead(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    String fault = HeadBytes.fault(in, requestLineRead);
    if (fault != null) {
      target = requestLineRead ? target : HeadBytes.target(in);
      in.skipBytes(in.readableBytes());
      replaceAll(out, Malformed.bad(fault));
      return;
    }
    headBegun = true;
    super.decode(ctx, in, out);
    examine(out);
  }

  @Override
  protected HttpMessage createMessage(String[] initialLine) throws Exception {
    requestLineRead = true;
    target = initialLine[1];
    if (!initialLine[2].startsWith("HTTP/")) { // the superclass would take it in lower case
      throw new IllegalArgumentException("not HTTP");
    }
    return super.createMessage(initialLine);
  }

  private void examine(List<Object> out) {
    for (int i = 0; i < out.size(); i++) {
      HttpObject decoded = (HttpObject) out.get(i);
      if (decoded.decoderResult().isFailure()) {
        replaceAll(out, malformed(decoded.decoderResult().cause(), decoded instanceof HttpRequest));
        return;
      }
      if (decoded instanceof HttpRequest) {
        state = State.BODY;
        headBegun = false;
        requestLineRead = false;
      }
      if (decoded instanceof LastHttpContent) {
        state = State.HELD;
      }
    }
  }

  private void replaceAll(List<Object> out, Malformed malformed) {
    out.forEach(ReferenceCountUtil::release);
    out.clear();
    out.add(malformed);
    discard();
  }

  private static Malformed malformed(Throwable cause, boolean inHead) {
    if (!inHead) {
      return Malformed.bad("The chunked request body is malformed.");
    }
    return switch (cause) {
      case TooLongHttpLineException line ->
          Malformed.headTooLarge(
              HttpResponseStatus.REQUEST_URI_TOO_LONG, "The request line is too long.");
      case TooLongHttpHeaderException header ->
          Malformed.headTooLarge(
              HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
              "The request headers are too large.");
      default -> Malformed.bad("The request head is not valid HTTP/1.1.");
    };
  }
}
