package dev.tollgate.metering;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Shows the bytes of a buffer as ranges of arrays: the buffer's own array where it has one, else a
 * scratch array that stays in the processor's nearest cache. Scanning an array is several times
 * faster than asking a direct buffer for each byte, and pays for the copy many times over.
 */
public final class ByteWindows {
  private static final int SCRATCH_BYTES = 16 * 1024;

  private static final FastThreadLocal<byte[]> SCRATCH =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[SCRATCH_BYTES];
        }
      };

  private ByteWindows() {}

  /** Takes one range; the array is only lent. Must not show another buffer meanwhile. */
  @FunctionalInterface
  public interface Scan {
    void scan(byte[] bytes, int from, int to);
  }

  /** Shows the readable bytes in order; moves no index and releases nothing. */
  public static void over(ByteBuf piece, Scan scan) {
    int length = piece.readableBytes();
    if (piece.hasArray()) {
      int from = piece.arrayOffset() + piece.readerIndex();
      scan.scan(piece.array(), from, from + length);
      return;
    }
    byte[] scratch = SCRATCH.get();
    int start = piece.readerIndex();
    for (int done = 0; done < length; ) {
      int window = Math.min(scratch.length, length - done);
      piece.getBytes(start + done, scratch, 0, window);
      scan.scan(scratch, 0, window);
      done += window;
    }
  }
}
