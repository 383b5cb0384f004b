package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts a stream of server-sent events. Each piece is handed on as it came, in the same call,
 * unless usage was added on our behalf: then an {@link AddedUsageFilter} stands between.
 */
final class SseAnswerMeter implements AnswerMeter, SseListener {
  private final UsageReader reader;
  private final SseSplitter splitter = new SseSplitter(this);
  private final ByteWindows.Scan scan = splitter::scan;
  private final @Nullable AddedUsageFilter filter;

  SseAnswerMeter(AnswerShape shape, MeterSettings settings, boolean dropsAddedUsage) {
    this.reader = new UsageReader(shape, settings);
    this.filter = dropsAddedUsage ? new AddedUsageFilter(settings.heldBytesMax()) : null;
    reader.begin();
  }

  @Override
  public void read(ByteBuf piece, Consumer<ByteBuf> out) {
    if (filter == null) {
      ByteWindows.over(piece, scan);
      out.accept(piece);
      return;
    }
    filter.hold(piece.retain());
    ByteWindows.over(piece, scan);
    piece.release();
    filter.flush(splitter.openFrom(), splitter.position(), out);
  }

  @Override
  public void end(Consumer<ByteBuf> out) {
    splitter.end();
    if (filter != null) {
      filter.flush(splitter.openFrom(), splitter.position(), out);
    }
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
  public void discard() {
    if (filter != null) {
      filter.discard();
    }
  }

  @Override
  public void data(byte[] bytes, int from, int to, long offset) {
    reader.scan(bytes, from, to, offset);
  }

  @Override
  public void event(long from, long to, boolean isNamedError) {
    reader.end(isNamedError);
    if (filter != null) {
      filter.event(from, to, reader);
    }
    reader.begin();
  }

  @Override
  public void between(long offset) {
    if (filter != null) {
      filter.between(offset);
    }
  }

  @Override
  public void lateLineFeed(long offset) {
    if (filter != null) {
      filter.lateLineFeed(offset);
    }
  }
}
