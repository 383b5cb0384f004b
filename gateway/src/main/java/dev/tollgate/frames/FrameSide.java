package dev.tollgate.frames;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side of a relay of WebSocket frames (RFC 6455), without extensions: what comes is checked and
 * handed on frame by frame, and a close is answered here. Confined to the channel's event loop.
 *
 * <p>The listener hears of nothing after its {@code onEnd}; what still comes is released here, and
 * so is what is written to a side that has been told to close.
 */
public final class FrameSide extends ChannelInboundHandlerAdapter {
  /** Of a close without a code (RFC 6455, 7.1.5). */
  public static final int NO_CODE = 1005;

  private static final Logger LOG = LoggerFactory.getLogger(FrameSide.class);
  private static final int PROTOCOL_ERROR = 1002;
  private static final int TOO_BIG = 1009;

  private final Channel channel;
  private final FrameBounds bounds;
  private final FrameListener listener;
  private long messageBytes;
  private boolean hasEnded;
  private boolean isCloseSent;
  private boolean isCloseReceived;

  private FrameSide(Channel channel, FrameBounds bounds, FrameListener listener) {
    this.channel = channel;
    this.bounds = bounds;
    this.listener = listener;
  }

  /** The side of whoever asked for the WebSocket: its frames come masked. */
  public static FrameSide ofClient(Channel channel, FrameBounds bounds, FrameListener listener) {
    return install(channel, bounds, listener, true);
  }

  /** The side of whoever was asked: frames go there masked. */
  public static FrameSide ofServer(Channel channel, FrameBounds bounds, FrameListener listener) {
    return install(channel, bounds, listener, false);
  }

  private static FrameSide install(
      Channel channel, FrameBounds bounds, FrameListener listener, boolean isClient) {
    FrameSide side = new FrameSide(channel, bounds, listener);
    WebSocketDecoderConfig config =
        WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(isClient)
            .allowMaskMismatch(false)
            .allowExtensions(false)
            .maxFramePayloadLength(bounds.frameBytesMax())
            .closeOnProtocolViolation(false)
            .build();
    channel
        .pipeline()
        .addLast(
            new WebSocket13FrameDecoder(config),
            new WebSocket13FrameEncoder(/* maskPayload= */ !isClient),
            side);
    return side;
  }

  // ---- towards it

  /** Takes ownership of the frame. Not flushed by itself. */
  public void write(WebSocketFrame frame) {
    if (isCloseSent || !channel.isActive()) {
      frame.release();
    } else {
      var unused = channel.write(frame, channel.voidPromise());
    }
  }

  public void flush() {
    channel.flush();
  }

  /** Whether it keeps up with what is written to it. */
  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Whether it is read: without, TCP makes it wait. */
  public void setReading(boolean isReading) {
    boolean reads = isReading || isCloseSent;
    if (channel.config().isAutoRead() != reads) {
      channel.config().setAutoRead(reads);
    }
  }

  /**
   * Tells it to close, and closes the connection once it has answered, or has had its time.
   *
   * @param code {@link #NO_CODE} for none
   * @param reason at most 123 bytes
   */
  public void close(int code, String reason) {
    if (isCloseSent || !channel.isActive()) {
      return;
    }
    sendClose(code, reason);
    if (isCloseReceived) {
      closeAfterFlush();
    } else {
      setReading(true);
      var unused =
          channel
              .eventLoop()
              .schedule(this::closeNow, bounds.closeMillisMax(), TimeUnit.MILLISECONDS);
    }
  }

  /** Tells it to close, and does not wait for its answer. */
  public void closeAtOnce(int code, String reason) {
    if (channel.isActive()) {
      if (!isCloseSent) {
        sendClose(code, reason);
      }
      closeAfterFlush();
    }
  }

  private void sendClose(int code, String reason) {
    isCloseSent = true;
    CloseWebSocketFrame close =
        code == NO_CODE
            ? new CloseWebSocketFrame(true, 0, Unpooled.EMPTY_BUFFER)
            : new CloseWebSocketFrame(true, 0, code, reason);
    var unused = channel.writeAndFlush(close, channel.voidPromise());
  }

  private void closeAfterFlush() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> closeNow());
  }

  private void closeNow() {
    var unused = channel.close();
  }

  // ---- from it

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof CloseWebSocketFrame close) {
      onClose(close);
    } else if (message instanceof WebSocketFrame frame && !hasEnded && !isCloseSent) {
      onFrame(frame);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void onFrame(WebSocketFrame frame) {
    if (!isControl(frame)) {
      long before = frame instanceof ContinuationWebSocketFrame ? messageBytes : 0;
      messageBytes = before + frame.content().readableBytes();
      if (messageBytes > bounds.messageBytesMax()) {
        frame.release();
        fault(TOO_BIG, "The message is larger than " + bounds.messageBytesMax() + " bytes.");
        return;
      }
    }
    listener.onFrame(frame);
  }

  private static boolean isControl(WebSocketFrame frame) {
    return frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame;
  }

  private void onClose(CloseWebSocketFrame close) {
    int code = close.statusCode() < 0 ? NO_CODE : close.statusCode();
    String reason = close.reasonText();
    close.release();
    if (isCloseReceived) {
      return;
    }
    isCloseReceived = true;
    if (isCloseSent) {
      closeAfterFlush();
    } else {
      sendClose(code, reason);
      closeAfterFlush();
    }
    end(new SideEnd.Closed(code, reason));
  }

  private void fault(int code, String reason) {
    close(code, reason);
    end(new SideEnd.Faulty(code, reason));
  }

  private void end(SideEnd how) {
    if (!hasEnded) {
      hasEnded = true;
      listener.onEnd(how);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!hasEnded) {
      listener.onReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!hasEnded && channel.isWritable()) {
      listener.onWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(new SideEnd.Gone());
  }

  /** The end of TLS is the end of what is in it. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      closeNow();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException broken) {
      int code = broken.closeStatus().code();
      fault(
          code,
          code == TOO_BIG
              ? "The frame is larger than " + bounds.frameBytesMax() + " bytes."
              : code == PROTOCOL_ERROR ? "The frames break RFC 6455." : "The frame is not valid.");
      return;
    }
    LOG.debug("a WebSocket broke", cause);
    end(new SideEnd.Gone());
    closeNow();
  }
}
