package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Comparator;
import java.util.List;

/** Changes a few bytes of a body without copying the others. */
public final class Splice {
  private Splice() {}

  /**
   * The body with the edits made, as slices of it and what comes between them.
   *
   * @param body owned by this method from here, even if it throws
   * @param edits in any order; none may overlap another
   * @return owned by the caller; the body itself when there is nothing to change
   * @throws IllegalArgumentException when edits overlap or lie outside the body
   */
  public static ByteBuf apply(ByteBuf body, List<Edit> edits) {
    if (edits.isEmpty()) {
      return body;
    }
    CompositeByteBuf spliced = body.alloc().compositeBuffer(2 * edits.size() + 1);
    try {
      int length = body.readableBytes();
      for (Edit edit : edits.stream().sorted(Comparator.comparingInt(Edit::offset)).toList()) {
        int kept = edit.offset() - (length - body.readableBytes());
        if (kept < 0 || (long) kept + edit.removedBytes() > body.readableBytes()) {
          throw new IllegalArgumentException("overlaps, or lies outside: " + edit);
        }
        add(spliced, body.readRetainedSlice(kept));
        body.skipBytes(edit.removedBytes());
        add(spliced, Unpooled.wrappedBuffer(edit.inserted()));
      }
      add(spliced, body.readRetainedSlice(body.readableBytes()));
      return spliced.retain();
    } finally {
      spliced.release();
      body.release();
    }
  }

  private static void add(CompositeByteBuf spliced, ByteBuf part) {
    if (part.isReadable()) {
      spliced.addComponent(true, part);
    } else {
      part.release();
    }
  }
}
