package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks at an answer's first byte that means anything before it decides how to count the rest.
 * Providers label streams as JSON and errors as streams; the first byte does not lie. Until it
 * comes there are only blanks and byte order marks, which go on at once.
 */
final class SniffingMeter implements AnswerMeter {
  private final Function<Byte, AnswerMeter> choice;
  private @Nullable AnswerMeter chosen;

  /**
   * @param choice makes the meter for an answer that begins with that byte
   */
  SniffingMeter(Function<Byte, AnswerMeter> choice) {
    this.choice = choice;
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    if (chosen == null) {
      int first = piece.forEachByte(SniffingMeter::isBlank);
      if (first < 0) {
        out.accept(piece);
        return;
      }
      chosen = choice.apply(piece.getByte(first));
    }
    chosen.read(piece, out);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {
    if (chosen != null) {
      chosen.end(out);
    }
  }

  @Override
  public Tally tally() {
    return chosen == null ? Tally.NOTHING : chosen.tally();
  }

  @Override
  public @Nullable String objectId() {
    return chosen == null ? null : chosen.objectId();
  }

  @Override
  public boolean isTold() {
    return chosen != null && chosen.isTold();
  }

  @Override
  public boolean isCutOff() {
    return chosen != null && chosen.isCutOff();
  }

  @Override
  public void discard() {
    if (chosen != null) {
      chosen.discard();
    }
  }

  private static boolean isBlank(byte value) {
    return switch (value) {
      case ' ', '\t', '\r', '\n', (byte) 0xEF, (byte) 0xBB, (byte) 0xBF -> true;
      default -> false;
    };
  }
}
