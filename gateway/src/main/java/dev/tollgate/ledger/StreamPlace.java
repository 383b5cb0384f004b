package dev.tollgate.ledger;

import java.util.Comparator;

/** The place of an entry in a stream: {@code <millis>-<number>}. */
record StreamPlace(long millis, long number) implements Comparable<StreamPlace> {
  private static final Comparator<StreamPlace> ORDER =
      Comparator.comparingLong(StreamPlace::millis).thenComparingLong(StreamPlace::number);

  static final StreamPlace START = new StreamPlace(0, 0);

  static StreamPlace of(String id) {
    int dash = id.indexOf('-');
    return new StreamPlace(
        Long.parseLong(id.substring(0, dash)), Long.parseLong(id.substring(dash + 1)));
  }

  @Override
  public int compareTo(StreamPlace other) {
    return ORDER.compare(this, other);
  }

  boolean isAfter(StreamPlace other) {
    return compareTo(other) > 0;
  }

  /** As Redis writes it. */
  @Override
  public String toString() {
    return millis + "-" + number;
  }
}
