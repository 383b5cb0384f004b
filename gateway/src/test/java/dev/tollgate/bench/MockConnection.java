package dev.tollgate.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Reads requests with a {@code Content-Length} and no more of them than it must: where each ends,
 * and whether a stream and its usage are asked for. A head without a length has no body.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails takes its connection with it
final class MockConnection extends ByteToMessageDecoder {
  private static final ByteBuf HEAD_END = needle("\r\n\r\n");
  private static final ByteBuf LENGTH = needle("\r\ncontent-length:");
  private static final ByteBuf STREAM = needle("\"stream\":true");
  private static final ByteBuf USAGE = needle("\"include_usage\":true");
  private static final int HEAD_BYTES_MAX = 64 << 10;

  private final long latencyMillis;

  MockConnection(long latencyMillis) {
    this.latencyMillis = latencyMillis;
  }

  private static ByteBuf needle(String text) {
    return Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    int headBytes = ByteBufUtil.indexOf(HEAD_END, in) - in.readerIndex() + 4;
    if (headBytes < 4) {
      if (in.readableBytes() > HEAD_BYTES_MAX) {
        context.close();
      }
      return;
    }
    int bodyBytes = bodyBytes(in.slice(in.readerIndex(), headBytes));
    if (in.readableBytes() < headBytes + bodyBytes) {
      return;
    }
    ByteBuf body = in.slice(in.readerIndex() + headBytes, bodyBytes);
    boolean isStreamed = ByteBufUtil.indexOf(STREAM, body) >= 0;
    ByteBuf answer =
        MockAnswers.answer(isStreamed, isStreamed && ByteBufUtil.indexOf(USAGE, body) >= 0);
    in.skipBytes(headBytes + bodyBytes);
    if (latencyMillis == 0) {
      context.write(answer, context.voidPromise());
    } else {
      context
          .executor()
          .schedule(() -> context.writeAndFlush(answer), latencyMillis, TimeUnit.MILLISECONDS);
    }
  }

  /** Looks for the field in any case of its letters. */
  private static int bodyBytes(ByteBuf head) {
    int at = indexOfField(head);
    if (at < 0) {
      return 0;
    }
    int bytes = 0;
    for (int i = at + LENGTH.readableBytes(); ; i++) {
      byte next = head.getByte(i);
      if (next == '\r') {
        return bytes;
      }
      bytes = next == ' ' ? bytes : 10 * bytes + next - '0';
    }
  }

  private static int indexOfField(ByteBuf head) {
    int last = head.readableBytes() - LENGTH.readableBytes();
    for (int i = 0; i <= last; i++) {
      int matched = 0;
      while (matched < LENGTH.readableBytes()
          && lower(head.getByte(i + matched)) == LENGTH.getByte(matched)) {
        matched++;
      }
      if (matched == LENGTH.readableBytes()) {
        return i;
      }
    }
    return -1;
  }

  private static int lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    context.flush();
    super.channelReadComplete(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
