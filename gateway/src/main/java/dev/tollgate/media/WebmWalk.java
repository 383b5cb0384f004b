package dev.tollgate.media;

/**
 * WebM and Matroska: every block says when it begins, so that the last one tells the length also of
 * a recording whose head was never completed, as browsers make them.
 */
final class WebmWalk extends AudioWalk {
  static final long EBML = 0x1A45DFA3L;

  private static final int SEGMENT = 0x18538067;
  private static final int INFO = 0x1549A966;
  private static final int NANOS_PER_TICK = 0x2AD7B1;
  private static final int CLUSTER = 0x1F43B675;
  private static final int CLUSTER_TICKS = 0xE7;
  private static final int BLOCK_GROUP = 0xA0;
  private static final int BLOCK = 0xA1;
  private static final int SIMPLE_BLOCK = 0xA3;

  private static final int ID_BYTES_MAX = 4;
  private static final int NUMBER_BYTES_MAX = 7;

  /** Of a block, the number of its track, in one byte as a rule, and its time. */
  private static final int BLOCK_HEAD_BYTES = 3;

  /** More than sound takes, packed or not. */
  private static final long BYTES_PER_SECOND_MAX = 2_000_000 / 8;

  /** A time beyond a century is damage. */
  private static final long NANOS_MAX = 1L << 61;

  /** What is looked at: the parts of an element, one after another. */
  private enum Next {
    ID,
    ID_REST,
    SIZE,
    SIZE_REST,
    NUMBER,
    BLOCK_HEAD
  }

  private Next next = Next.ID;
  private long id;
  private int rest;
  private long size;
  private long nanosPerTick = 1_000_000;
  private long clusterTicks;
  private long lastTicks = AudioLength.UNKNOWN;

  WebmWalk() {
    look(1);
  }

  @Override
  void step(byte[] bytes) {
    switch (next) {
      case ID -> {
        id = unsigned(bytes[0]);
        restOf(bytes[0], ID_BYTES_MAX, Next.ID_REST, Next.SIZE);
      }
      case ID_REST -> {
        id = (id << (8 * rest)) | bigEndian(bytes, 0, rest);
        go(Next.SIZE, 1);
      }
      case SIZE -> {
        size = unsigned(bytes[0]) & (0x7F >>> zerosBefore(bytes[0]));
        restOf(bytes[0], NUMBER_BYTES_MAX + 1, Next.SIZE_REST, Next.ID);
        if (next == Next.ID) {
          element();
        }
      }
      case SIZE_REST -> {
        size = (size << (8 * rest)) | bigEndian(bytes, 0, rest);
        element();
      }
      case NUMBER -> number(bigEndian(bytes, 0, (int) size));
      case BLOCK_HEAD -> {
        long ticks = clusterTicks + (short) bigEndian(bytes, 1, 2);
        lastTicks = Math.max(lastTicks, ticks);
        go(Next.ID, 1);
        skip(size - BLOCK_HEAD_BYTES);
      }
    }
  }

  /** How many bytes more there are is told by how many bits are 0 before the first 1. */
  private void restOf(byte first, int bytesMax, Next ifSome, Next ifNone) {
    rest = zerosBefore(first);
    if (rest >= bytesMax) {
      stop();
    } else if (rest > 0) {
      go(ifSome, rest);
    } else {
      go(ifNone, 1);
    }
  }

  private static int zerosBefore(byte first) {
    return Integer.numberOfLeadingZeros(unsigned(first)) - 24;
  }

  private void element() {
    switch ((int) id) {
      case SEGMENT, INFO, CLUSTER, BLOCK_GROUP -> go(Next.ID, 1); // what is in them comes next
      case NANOS_PER_TICK, CLUSTER_TICKS -> {
        if (size > 0 && size <= NUMBER_BYTES_MAX) {
          go(Next.NUMBER, (int) size);
        } else {
          stop();
        }
      }
      case BLOCK, SIMPLE_BLOCK -> {
        if (size >= BLOCK_HEAD_BYTES) {
          go(Next.BLOCK_HEAD, BLOCK_HEAD_BYTES);
        } else {
          stop();
        }
      }
      default -> {
        go(Next.ID, 1);
        skip(size);
      }
    }
  }

  private void number(long value) {
    if (id == CLUSTER_TICKS) {
      clusterTicks = value;
    } else {
      nanosPerTick = value;
    }
    go(Next.ID, 1);
  }

  private void go(Next then, int bytes) {
    next = then;
    look(bytes);
  }

  @Override
  long nanos(long bytes) {
    boolean isKnown = lastTicks > 0 && nanosPerTick > 0 && lastTicks < NANOS_MAX / nanosPerTick;
    return isKnown
        ? claimed(lastTicks * nanosPerTick, bytes, BYTES_PER_SECOND_MAX)
        : AudioLength.UNKNOWN;
  }
}
