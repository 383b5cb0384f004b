package dev.tollgate.media;

/**
 * MP4 and M4A (ISO 14496-12): the movie's head says how long it is, wherever in the file it stands.
 * A head that leaves no more than a video's room for so many bytes is not believed.
 */
final class Mp4Walk extends AudioWalk {
  private static final int BOX_HEAD_BYTES = 8;
  private static final int LARGE_SIZE_BYTES = 8;
  private static final int MOVIE_HEAD_BYTES = 32;

  /** So large that its upper bits can be let go. */
  private static final long BOX_BYTES_MAX = 1L << 40;

  /** More than sound takes, packed or not. */
  private static final long BYTES_PER_SECOND_MAX = 2_000_000 / 8;

  private enum Next {
    BOX,
    LARGE_SIZE,
    MOVIE_HEAD
  }

  private Next next = Next.BOX;
  private long units;
  private long unitsPerSecond;

  Mp4Walk() {
    look(BOX_HEAD_BYTES);
  }

  @Override
  void step(byte[] bytes) {
    switch (next) {
      case BOX -> box(bytes);
      case LARGE_SIZE -> {
        if (bytes[0] == 0) {
          toNextBox(bigEndian(bytes, 1, 7) - BOX_HEAD_BYTES - LARGE_SIZE_BYTES);
        } else {
          stop();
        }
      }
      case MOVIE_HEAD -> movieHead(bytes);
    }
  }

  private void box(byte[] bytes) {
    long size = bigEndian(bytes, 0, 4);
    if (is("mvhd", bytes, 4)) {
      next = Next.MOVIE_HEAD;
      look(MOVIE_HEAD_BYTES);
    } else if (is("moov", bytes, 4)) {
      look(BOX_HEAD_BYTES); // its first box begins within it
    } else if (size == 1) {
      next = Next.LARGE_SIZE;
      look(LARGE_SIZE_BYTES);
    } else {
      toNextBox(size - BOX_HEAD_BYTES);
    }
  }

  private void toNextBox(long bytes) {
    next = Next.BOX;
    look(BOX_HEAD_BYTES);
    if (bytes >= 0 && bytes < BOX_BYTES_MAX) {
      skip(bytes);
    } else {
      stop(); // the last one, without a size, or damage
    }
  }

  private void movieHead(byte[] bytes) {
    stop();
    if (bytes[0] == 0) {
      unitsPerSecond = bigEndian(bytes, 12, 4);
      units = bigEndian(bytes, 16, 4);
    } else if (bytes[24] == 0) {
      unitsPerSecond = bigEndian(bytes, 20, 4);
      units = bigEndian(bytes, 25, 7);
    }
  }

  @Override
  long nanos(long bytes) {
    return claimed(nanos(units, unitsPerSecond), bytes, BYTES_PER_SECOND_MAX);
  }
}
