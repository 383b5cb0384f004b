package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Decodes one answer per request, and knows what Netty's client codec does not tell: whether a byte
 * of the answer has come, and whether bytes came that belong to no answer. Those are dropped. The
 * pieces it emits share the memory they were read into.
 */
final class AnswerDecoder extends HttpResponseDecoder {
  private boolean isExpecting;
  private boolean isToHead;
  private boolean hasFinalHead;
  private boolean hasBytes;
  private boolean hasSurplus;

  AnswerDecoder(UpstreamSettings settings) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.statusLineBytesMax())
            .setMaxHeaderSize(settings.headerBytesMax())
            .setMaxChunkSize(settings.readBytesMax()));
  }

  /** From here an answer may come. */
  void expectAnswer(boolean toHead) {
    isExpecting = true;
    isToHead = toHead;
    hasFinalHead = false;
    hasBytes = false;
  }

  /** Whether a byte of the expected answer has come. */
  boolean hasBytes() {
    return hasBytes;
  }

  /** Whether bytes lie here that have not been decoded yet. */
  boolean hasUnread() {
    return actualReadableBytes() > 0;
  }

  /** Whether bytes have come that nobody asked for: the connection is out of step. */
  boolean hasSurplus() {
    return hasSurplus;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (!isExpecting) {
      hasSurplus = true;
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    hasBytes = true;
    int before = out.size();
    super.decode(context, buffer, out);
    for (int i = before; i < out.size(); i++) {
      note(out.get(i));
    }
  }

  private void note(Object message) {
    if (message instanceof HttpResponse response) {
      hasFinalHead = response.status().codeClass() != HttpStatusClass.INFORMATIONAL;
    }
    if (message instanceof LastHttpContent && hasFinalHead) {
      isExpecting = false;
    }
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    return isToHead || super.isContentAlwaysEmpty(message);
  }
}
