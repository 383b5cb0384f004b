package dev.tollgate.metering;

import java.util.Arrays;

/**
 * Figures as reported so far. Each has two slots: its own name, and any other name that providers
 * have for the same thing. Merging replaces what is newly said and keeps what is not.
 */
final class Figures {
  /** The slots of the names beside the usual ones. */
  static final int ALIASES = Figure.COUNT;

  private final long[] values = new long[2 * Figure.COUNT];
  private long present;

  void set(int slot, long value) {
    values[slot] = value;
    present |= 1L << slot;
  }

  void add(int slot, long value) {
    set(slot, values[slot] + value);
  }

  void clear() {
    Arrays.fill(values, 0);
    present = 0;
  }

  void merge(Figures newer) {
    for (long left = newer.present; left != 0; left &= left - 1) {
      int slot = Long.numberOfTrailingZeros(left);
      set(slot, newer.values[slot]);
    }
  }

  /** As {@link #merge}, but what is larger already stays. */
  void raise(Figures newer) {
    for (long left = newer.present; left != 0; left &= left - 1) {
      int slot = Long.numberOfTrailingZeros(left);
      set(slot, Math.max(values[slot], newer.values[slot]));
    }
  }

  boolean isEmpty() {
    return present == 0;
  }

  boolean has(Figure figure) {
    return (present & ((1L | (1L << ALIASES)) << figure.index())) != 0;
  }

  /** The populated one of its slots, which is the larger one; 0 when none was reported. */
  long get(Figure figure) {
    return Math.max(values[figure.index()], values[figure.index() + ALIASES]);
  }
}
