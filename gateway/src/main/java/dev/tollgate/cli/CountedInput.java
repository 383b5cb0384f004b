package dev.tollgate.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what has been read, for a progress bar on another thread. */
final class CountedInput extends FilterInputStream {
  private static final int BYTES_PER_KIB = 1024;

  private final AtomicLong bytes;

  CountedInput(InputStream input, AtomicLong bytes) {
    super(input);
    this.bytes = bytes;
  }

  /** In KiB. */
  static ProgressBar.Share share(AtomicLong bytes, long bytesOfAll) {
    return new ProgressBar.Share(
        (int) (bytes.get() / BYTES_PER_KIB), (int) Math.ceilDiv(bytesOfAll, BYTES_PER_KIB));
  }

  @Override
  public int read() throws IOException {
    int read = super.read();
    if (read >= 0) {
      bytes.incrementAndGet();
    }
    return read;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = super.read(target, offset, length);
    if (read > 0) {
      bytes.addAndGet(read);
    }
    return read;
  }
}
