package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.media.AudioLength;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.ByteWindows;
import dev.tollgate.metering.Tally;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * Counts an answer that is sound: by its length in seconds, up to the next one. Each piece is
 * handed on as it came.
 */
final class SoundMeter implements AnswerMeter {
  /** 24,000 samples of two bytes, on one channel: what speech without a head is, by its maker. */
  private static final long RAW_BYTES_PER_SECOND = 48_000;

  /** 96 kbit/s: what speech is packed to as a rule. */
  private static final long PACKED_BYTES_PER_SECOND = 12_000;

  private final boolean isRaw;
  private final AudioLength length = new AudioLength();
  private final ByteWindows.Scan scan = length::read;

  /**
   * @param isRaw whether it is samples without a head
   */
  SoundMeter(boolean isRaw) {
    this.isRaw = isRaw;
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    ByteWindows.over(piece, scan);
    out.accept(piece);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {}

  @Override
  public Tally tally() {
    long seconds =
        isRaw
            ? Math.ceilDiv(length.bytes(), RAW_BYTES_PER_SECOND)
            : length.seconds(PACKED_BYTES_PER_SECOND);
    return Tally.counted(Usage.of(Meter.SECOND, seconds));
  }

  @Override
  public void discard() {}
}
