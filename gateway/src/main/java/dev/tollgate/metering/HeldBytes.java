package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a stream that have come and not yet gone, as the buffers they came in. They go in
 * order, each either on or away; none is copied. Owns every buffer it is given until {@link #flush}
 * hands it on.
 */
final class HeldBytes {
  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>();
  private long from;
  private @Nullable ByteBuf ready;
  private @Nullable CompositeByteBuf gathered;

  /** Takes ownership. */
  void add(ByteBuf piece) {
    if (piece.isReadable()) {
      pieces.add(piece);
    } else {
      piece.release();
    }
  }

  /** All up to this offset in the stream will go on at the next {@link #flush}. */
  void forwardTo(long offset) {
    while (from < offset) {
      ByteBuf piece = pieces.getFirst();
      int bytes = (int) Math.min(piece.readableBytes(), offset - from);
      from += bytes;
      if (bytes == piece.readableBytes()) {
        gather(pieces.removeFirst());
      } else {
        gather(piece.readRetainedSlice(bytes));
      }
    }
  }

  /** All up to this offset is dropped. */
  void dropTo(long offset) {
    while (from < offset) {
      ByteBuf piece = pieces.getFirst();
      int bytes = (int) Math.min(piece.readableBytes(), offset - from);
      from += bytes;
      piece.skipBytes(bytes);
      if (!piece.isReadable()) {
        pieces.removeFirst().release();
      }
    }
  }

  /** Hands on what goes, as one buffer; does nothing when nothing does. */
  void flush(Consumer<ByteBuf> out) {
    ByteBuf outgoing = ready;
    ready = null;
    gathered = null;
    if (outgoing != null) {
      out.accept(outgoing);
    }
  }

  /** Releases everything. Idempotent. */
  void discard() {
    flush(ByteBuf::release);
    pieces.forEach(ByteBuf::release);
    pieces.clear();
  }

  private void gather(ByteBuf piece) {
    if (ready == null) {
      ready = piece;
      return;
    }
    if (gathered == null) {
      gathered = ready.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, ready);
      ready = gathered;
    }
    gathered.addComponent(true, piece);
  }
}
