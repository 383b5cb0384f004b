package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts an answer that came compressed although we asked for none: another meter reads an unpacked
 * copy, and the client gets the original. Only so much is unpacked; what lies beyond, or is
 * damaged, goes on uncounted.
 */
final class DecodingMeter implements AnswerMeter {
  private static final Consumer<ByteBuf> COUNTED = ByteBuf::release;

  private final AnswerMeter counter;
  private final EmbeddedChannel decoder;
  private long bytesLeft;
  private boolean isOpen = true;

  /**
   * @param counter one that drops nothing; owned from here
   */
  DecodingMeter(AnswerMeter counter, ZlibWrapper wrapper, long decodedBytesMax) {
    this.counter = counter;
    this.bytesLeft = decodedBytesMax;
    this.decoder = new EmbeddedChannel(new JdkZlibDecoder(wrapper, true, 0), new Count());
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    if (isOpen) {
      decode(piece.retainedDuplicate());
    }
    out.accept(piece);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {
    close();
    counter.end(COUNTED);
  }

  @Override
  public Tally tally() {
    return counter.tally();
  }

  @Override
  public @Nullable String objectId() {
    return counter.objectId();
  }

  @Override
  public boolean isTold() {
    return counter.isTold();
  }

  /** Of one that is unpacked only in part nobody knows. */
  @Override
  public boolean isCutOff() {
    return bytesLeft > 0 && counter.isCutOff();
  }

  @Override
  public void discard() {
    close();
    counter.discard();
  }

  private void decode(ByteBuf packed) {
    try {
      decoder.writeInbound(packed);
    } catch (DecoderException damaged) {
      bytesLeft = 0; // what was read until here counts
    }
    if (bytesLeft <= 0) {
      close();
    }
  }

  private void close() {
    if (!isOpen) {
      return;
    }
    isOpen = false;
    try {
      decoder.finishAndReleaseAll();
    } catch (DecoderException damaged) {
      bytesLeft = 0;
    }
  }

  /** Counts each unpacked piece as soon as it is there, so that they never pile up. */
  private final class Count extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf unpacked) {
      if (bytesLeft > 0) {
        bytesLeft -= unpacked.readableBytes();
        counter.read(unpacked.retain(), COUNTED);
      }
    }
  }
}
