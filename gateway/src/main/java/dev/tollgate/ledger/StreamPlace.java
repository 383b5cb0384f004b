package dev.tollgate.ledger;

import java.util.Comparator;

/** The place of an entry in a stream: {@code <millis>-<number>}. */
public record StreamPlace(long millis, long number) implements Comparable<StreamPlace> {
  private static final int NUMBER_BITS = 20;

  private static final Comparator<StreamPlace> ORDER =
      Comparator.comparingLong(StreamPlace::millis).thenComparingLong(StreamPlace::number);

  /** Before every event. */
  public static final StreamPlace START = new StreamPlace(0, 0);

  static StreamPlace of(String id) {
    int dash = id.indexOf('-');
    return new StreamPlace(
        Long.parseLong(id.substring(0, dash)), Long.parseLong(id.substring(dash + 1)));
  }

  @Override
  public int compareTo(StreamPlace other) {
    return ORDER.compare(this, other);
  }

  public boolean isAfter(StreamPlace other) {
    return compareTo(other) > 0;
  }

  /**
   * As one number in the same order: {@code millis << 20}, and the number added. More than a
   * million events of one millisecond, which a clock that was set back could make, reach into the
   * next.
   */
  public long position() {
    return (millis << NUMBER_BITS) + number;
  }

  /** As Redis writes it. */
  @Override
  public String toString() {
    return millis + "-" + number;
  }
}
