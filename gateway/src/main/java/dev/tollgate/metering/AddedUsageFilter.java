package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * Takes out of a stream what is in it only because we asked for usage: the event that carries
 * nothing but usage, and the {@code "usage":null} of the others. Each event is held until it is
 * complete, which costs its reader nothing, since a reader acts on an event's blank line. An event
 * longer than the bound goes on as it is, whatever it says, so that the outcome never depends on
 * how the bytes were cut.
 */
final class AddedUsageFilter {
  private final HeldBytes held = new HeldBytes();
  private final int heldBytesMax;

  /** Everything before this may go. */
  private long decidedTo;

  private boolean wasDropped;

  AddedUsageFilter(int heldBytesMax) {
    this.heldBytesMax = heldBytesMax;
  }

  /** Takes ownership. */
  void hold(ByteBuf piece) {
    held.add(piece);
  }

  void event(long from, long to, UsageReader reader) {
    decidedTo = to;
    wasDropped = false;
    if (to - from > heldBytesMax) {
      return;
    }
    if (reader.isAddedUsage()) {
      held.forwardTo(from);
      held.dropTo(to);
      wasDropped = true;
    } else if (reader.hasNullUsage()) {
      held.forwardTo(reader.nullUsageFrom());
      held.dropTo(reader.nullUsageTo());
    }
  }

  void between(long offset) {
    decidedTo = offset;
    wasDropped = false;
  }

  /** The LF goes the way of the CR before it. */
  void lateLineFeed(long offset) {
    decidedTo = offset;
    if (wasDropped) {
      held.dropTo(offset);
    }
  }

  /**
   * Hands on what is decided.
   *
   * @param openFrom where the event under way began
   * @param position the present end of the stream
   */
  void flush(long openFrom, long position, Consumer<ByteBuf> out) {
    if (position - openFrom > heldBytesMax) {
      decidedTo = position;
    }
    held.forwardTo(decidedTo);
    held.flush(out);
  }

  void discard() {
    held.discard();
  }
}
