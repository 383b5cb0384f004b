package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** Counts an answer that is nothing but the text that the model produced: it reports no usage. */
public final class PlainTextMeter implements AnswerMeter {
  private final TextSample text;
  private final ByteWindows.Scan scan;

  public PlainTextMeter(MeterSettings settings) {
    text = new TextSample(settings.sampleBytesMax());
    scan = text::add;
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
    return Tally.unreported(text.delivered());
  }

  @Override
  public void discard() {}
}
