package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * Hands on an answer that cannot or need not be read: an error of the provider's, one that is sold
 * without being counted, or an encoding that we do not know. Of the latter at least the size is
 * known, so that an estimate is not zero.
 */
final class UncountedMeter implements AnswerMeter {
  private final Tally tally;
  private final boolean countsBytes;
  private long bytes;

  /**
   * @param tally of the answer, however much of it comes, but for its bytes
   * @param countsBytes whether they are taken for text
   */
  UncountedMeter(Tally tally, boolean countsBytes) {
    this.tally = tally;
    this.countsBytes = countsBytes;
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
    return countsBytes ? Tally.unreported(new DeliveredText(new byte[0], bytes)) : tally;
  }

  @Override
  public void discard() {}
}
