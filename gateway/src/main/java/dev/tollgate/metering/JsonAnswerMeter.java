package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Counts an answer that is one JSON document; each piece is handed on as it came. */
final class JsonAnswerMeter implements AnswerMeter {
  private final UsageReader reader;
  private final ByteWindows.Scan scan = this::scan;
  private long position;

  JsonAnswerMeter(AnswerShape shape, MeterSettings settings) {
    reader = new UsageReader(shape, settings);
    reader.begin();
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    ByteWindows.over(piece, scan);
    out.accept(piece);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {
    reader.end(false);
  }

  @Override
  public Tally tally() {
    return reader.tally();
  }

  @Override
  public @Nullable String objectId() {
    return reader.objectId();
  }

  @Override
  public boolean isTold() {
    return reader.isTold();
  }

  @Override
  public boolean isCutOff() {
    return reader.isCutOff();
  }

  @Override
  public void discard() {}

  private void scan(byte[] bytes, int from, int to) {
    reader.scan(bytes, from, to, position);
    position += to - from;
  }
}
