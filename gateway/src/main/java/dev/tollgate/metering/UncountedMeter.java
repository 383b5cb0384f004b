package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * Hands on an answer that cannot or need not be read: an error of the provider's, or an encoding
 * that we do not know. Of the latter at least the size is known, so that an estimate is not zero.
 */
final class UncountedMeter implements AnswerMeter {
  private final boolean isError;
  private long bytes;

  UncountedMeter(boolean isError) {
    this.isError = isError;
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    bytes += piece.readableBytes();
    out.accept(piece);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {}

  @Override
  public Tally tally() {
    return isError ? Tally.ERROR : Tally.unreported(new DeliveredText(new byte[0], bytes));
  }

  @Override
  public void discard() {}
}
